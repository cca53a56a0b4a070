# Everything meshtrace links, from Debian 12's packages (deploy/packages.txt).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(CAF 0.17.6 EXACT REQUIRED COMPONENTS core)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt CONFIG REQUIRED) # before restinio, whose config does not look for it
find_package(spdlog CONFIG REQUIRED)
find_package(restinio CONFIG REQUIRED)
find_package(tl-expected CONFIG QUIET)
find_package(CLI11 CONFIG REQUIRED)
find_package(tomlplusplus CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(mimalloc CONFIG REQUIRED)
find_package(RocksDB CONFIG REQUIRED)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
# Its own CMake config wants tools that are not needed here.
pkg_check_modules(grpc REQUIRED IMPORTED_TARGET grpc++)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED) # librestinio-dev does not pull it in
find_path(PROTOZERO_INCLUDE_DIR protozero/pbf_writer.hpp REQUIRED)
find_path(RAPIDJSON_INCLUDE_DIR rapidjson/document.h REQUIRED)

add_library(meshtrace_asio INTERFACE)
target_include_directories(meshtrace_asio SYSTEM INTERFACE "${ASIO_INCLUDE_DIR}")
target_compile_definitions(meshtrace_asio INTERFACE ASIO_STANDALONE)
target_link_libraries(meshtrace_asio INTERFACE Threads::Threads)

add_library(meshtrace_rapidjson INTERFACE)
target_include_directories(meshtrace_rapidjson SYSTEM INTERFACE "${RAPIDJSON_INCLUDE_DIR}")
target_compile_definitions(meshtrace_rapidjson INTERFACE RAPIDJSON_HAS_STDSTRING=1)

add_library(protozero::protozero INTERFACE IMPORTED)
target_include_directories(protozero::protozero INTERFACE "${PROTOZERO_INCLUDE_DIR}")
