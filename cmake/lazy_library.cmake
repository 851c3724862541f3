# lazy_library(TARGET PKG): a library that stands in for the one that pkg-config found as PKG and loads it when it is
# first called (tools/lazy_library.py says why). Elsewhere than on x86-64 it is the library itself.
function(lazy_library target pkg)
  if(NOT CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE PkgConfig::${pkg})
    return()
  endif()
  list(GET ${pkg}_LINK_LIBRARIES 0 so)
  set(out ${CMAKE_BINARY_DIR}/generated/${target}.S)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_SOURCE_DIR}/tools/lazy_library.py ${target} ${so} ${out}
    DEPENDS ${CMAKE_SOURCE_DIR}/tools/lazy_library.py ${so})
  add_library(${target} STATIC ${out})
  set_source_files_properties(${out} PROPERTIES LANGUAGE ASM)
  target_include_directories(${target} INTERFACE ${${pkg}_INCLUDE_DIRS})
  target_link_libraries(${target} PUBLIC lazy_resolve)
endfunction()
