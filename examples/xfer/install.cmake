# The tool's manual page and completions, which its own option table is the source of, and
# where `cmake --install` puts them and the tool.
option(XFER_INSTALL_TOOL "Install the command-line tool too, with its manual page and completions" ON)

add_executable(xfer_tool_texts ${CMAKE_CURRENT_LIST_DIR}/generate/generate.cpp)
set_target_properties(xfer_tool_texts PROPERTIES OUTPUT_NAME generate_xfer_texts)
target_link_libraries(xfer_tool_texts PRIVATE xfer_tool_parts)

set(texts ${CMAKE_CURRENT_BINARY_DIR}/texts)
file(MAKE_DIRECTORY ${texts})
set(kinds man bash zsh fish)
set(names xfer.1 xfer _xfer xfer.fish)
set(made)
foreach(kind name IN ZIP_LISTS kinds names)
    add_custom_command(OUTPUT ${texts}/${name} DEPENDS xfer_tool_texts VERBATIM
        COMMAND xfer_tool_texts ${kind} > ${texts}/${name}
        COMMENT "Writing the tool's ${name} (${kind})")
    list(APPEND made ${texts}/${name})
endforeach()
add_custom_target(xfer_tool_pages ALL DEPENDS ${made})

if(XFER_INSTALL AND XFER_INSTALL_TOOL)
    include(GNUInstallDirs)
    install(TARGETS xfer_tool)
    install(FILES ${texts}/xfer.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
    # Where the shells look by themselves.
    install(FILES ${texts}/xfer DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    install(FILES ${texts}/_xfer DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
    install(FILES ${texts}/xfer.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()
