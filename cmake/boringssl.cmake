# BoringSSL beside OpenSSL, for the load balancer's clients with TLS 1.3, where Debian's android-libboringssl-dev is installed.
# src/alb/tls_library.cc is compiled once more with its headers; the calls then get a prefix, because both libraries have
# functions of the same names. Not with the sanitizers, which cannot load a library that binds to its own first.
function(use_boringssl layer)
  set(folder /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/android)
  if(sanitizers OR NOT CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64" OR NOT EXISTS ${folder}/libssl.so OR NOT EXISTS /usr/include/android/openssl/is_boringssl.h)
    return()
  endif()
  foreach(library ssl crypto)
    set(out ${CMAKE_BINARY_DIR}/generated/boring_${library})
    add_custom_command(OUTPUT ${out}.S ${out}.names
      COMMAND ${CMAKE_SOURCE_DIR}/tools/lazy_library.py boring_${library} ${folder}/lib${library}.so ${out}.S boring_ ${out}.names
      DEPENDS ${CMAKE_SOURCE_DIR}/tools/lazy_library.py ${folder}/lib${library}.so)
    set_source_files_properties(${out}.S PROPERTIES LANGUAGE ASM)
    list(APPEND stand_ins ${out}.S)
    list(APPEND names ${out}.names)
  endforeach()
  file(REAL_PATH ${folder}/libssl.so path)
  add_library(boringssl_calls OBJECT src/alb/tls_library.cc)
  target_include_directories(boringssl_calls BEFORE PRIVATE src)
  target_include_directories(boringssl_calls SYSTEM BEFORE PRIVATE /usr/include/android)
  target_compile_definitions(boringssl_calls PRIVATE LANDFALL_BORINGSSL="${path}")
  set(object ${CMAKE_BINARY_DIR}/generated/boringssl_calls.o)
  add_custom_command(OUTPUT ${object}
    COMMAND cat ${names} > ${object}.names
    COMMAND ${CMAKE_OBJCOPY} --redefine-syms=${object}.names $<TARGET_OBJECTS:boringssl_calls> ${object}
    DEPENDS boringssl_calls $<TARGET_OBJECTS:boringssl_calls> ${names})
  set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  target_sources(${layer} PRIVATE ${object} ${stand_ins})
  target_compile_definitions(${layer} PRIVATE LANDFALL_HAS_BORINGSSL)
  target_link_libraries(${layer} PUBLIC lazy_resolve)
endfunction()
