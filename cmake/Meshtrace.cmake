# How every folder of this project is built: one static library per folder,
# one test program per folder, the same warnings everywhere.
add_library(meshtrace_options INTERFACE)
target_include_directories(meshtrace_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(meshtrace_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Werror)
# Forgetting to register a message type is then a compile error (docs/pitfalls.md).
target_compile_definitions(meshtrace_options INTERFACE CAF_ENABLE_TYPE_ID_CHECKS)
if(MESHTRACE_SANITIZE)
  target_compile_options(meshtrace_options INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(meshtrace_options INTERFACE -fsanitize=address,undefined)
endif()

# meshtrace_library(NAME [DEPENDS target...]): all *.cpp of this folder as
# library meshtrace_NAME.
function(meshtrace_library NAME)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  if(sources)
    add_library(meshtrace_${NAME} STATIC ${sources})
    target_link_libraries(meshtrace_${NAME} PUBLIC meshtrace_options ${ARG_DEPENDS})
  else()
    add_library(meshtrace_${NAME} INTERFACE)
    target_link_libraries(meshtrace_${NAME} INTERFACE meshtrace_options ${ARG_DEPENDS})
  endif()
endfunction()

# meshtrace_tests(NAME [DEPENDS target...]): all *_test.cpp of this folder as
# program NAME_tests, run by ctest as one test.
function(meshtrace_tests NAME)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp")
  add_executable(${NAME}_tests "${PROJECT_SOURCE_DIR}/tests/support/main.cpp" ${sources})
  target_link_libraries(${NAME}_tests PRIVATE meshtrace_${NAME} ${ARG_DEPENDS})
  add_test(NAME unit.${NAME} COMMAND ${NAME}_tests --no-intro)
  # Under sanitizers everything takes some times as long.
  set_tests_properties(unit.${NAME} PROPERTIES LABELS unit
    TIMEOUT $<IF:$<BOOL:${MESHTRACE_SANITIZE}>,1200,300>)
endfunction()
