# C++ structs of the AWS services, made from models/ at build time.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
file(GLOB shape_models CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/models/*.json)
set(shape_dir ${CMAKE_BINARY_DIR}/generated)
set(shape_sources ${shape_dir}/aws/shapes/index.cc ${shape_dir}/aws/shapes/constraint_facts.cc)
set(shape_headers)
foreach(model ${shape_models})
  get_filename_component(service ${model} NAME_WE)
  list(APPEND shape_sources ${shape_dir}/aws/shapes/${service}.cc)
  list(APPEND shape_headers ${shape_dir}/aws/shapes/${service}.h)
endforeach()
add_custom_command(
  OUTPUT ${shape_dir}/stamp
  BYPRODUCTS ${shape_sources} ${shape_headers}
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/generate_shapes.py ${CMAKE_SOURCE_DIR}/models ${shape_dir}
  COMMAND ${CMAKE_COMMAND} -E touch ${shape_dir}/stamp
  DEPENDS ${shape_models} ${CMAKE_SOURCE_DIR}/tools/generate_shapes.py
  VERBATIM)
add_custom_target(shapes DEPENDS ${shape_dir}/stamp)
add_library(aws_shapes STATIC ${shape_sources})
target_include_directories(aws_shapes PUBLIC src ${shape_dir})
target_link_libraries(aws_shapes PUBLIC base)
target_compile_options(aws_shapes PRIVATE ${rare_options})
add_dependencies(aws_shapes shapes)
