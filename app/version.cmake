# Writes OUT, a header with the version's text. Runs at every build, so that the
# commit is that of the build; the file only changes when the text does.
execute_process(COMMAND git describe --tags --always --dirty
  WORKING_DIRECTORY "${SOURCE_DIR}" OUTPUT_VARIABLE commit ERROR_QUIET
  OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
set(text "${VERSION}")
if(NOT failed AND commit)
  string(APPEND text " (${commit})")
endif()
file(CONFIGURE OUTPUT "${OUT}" CONTENT "#define MESHTRACE_VERSION_TEXT \"${text}\"\n")
