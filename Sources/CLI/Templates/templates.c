#include "PluginTemplates.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

/* Every file of the folders beside this one stands here and in the list below: a test builds what they give. */
static const char c_backend_c[] = {
#embed "c/backend.c" suffix(, 0)
};
static const char cpp_mathematics_h[] = {
#embed "c++/mathematics.h" suffix(, 0)
};
static const char cpp_random_h[] = {
#embed "c++/random.h" suffix(, 0)
};
static const char common_exports_map[] = {
#embed "common/exports.map" suffix(, 0)
};
static const char common_begin_mk[] = {
#embed "common/begin.mk" suffix(, 0)
};
static const char c_build_mk[] = {
#embed "c/build.mk" suffix(, 0)
};
static const char common_end_mk[] = {
#embed "common/end.mk" suffix(, 0)
};
static const char c_readme_md[] = {
#embed "c/README.md" suffix(, 0)
};
static const char common_readme_md[] = {
#embed "common/README.md" suffix(, 0)
};
static const char common_gitignore[] = {
#embed "common/gitignore" suffix(, 0)
};
static const char cpp_backend_cpp[] = {
#embed "c++/backend.cpp" suffix(, 0)
};
static const char cpp_operators_hpp[] = {
#embed "c++/operators.hpp" suffix(, 0)
};
static const char cpp_build_mk[] = {
#embed "c++/build.mk" suffix(, 0)
};
static const char cpp_readme_md[] = {
#embed "c++/README.md" suffix(, 0)
};
static const char rust_src_lib_rs[] = {
#embed "rust/src/lib.rs" suffix(, 0)
};
static const char rust_src_ffi_rs[] = {
#embed "rust/src/ffi.rs" suffix(, 0)
};
static const char rust_src_operators_rs[] = {
#embed "rust/src/operators.rs" suffix(, 0)
};
static const char rust_src_random_rs[] = {
#embed "rust/src/random.rs" suffix(, 0)
};
static const char rust_build_mk[] = {
#embed "rust/build.mk" suffix(, 0)
};
static const char rust_readme_md[] = {
#embed "rust/README.md" suffix(, 0)
};
static const char swift_sources_plugin_swift[] = {
#embed "swift/Sources/Plugin.swift" suffix(, 0)
};
static const char swift_sources_memory_swift[] = {
#embed "swift/Sources/Memory.swift" suffix(, 0)
};
static const char swift_sources_operators_swift[] = {
#embed "swift/Sources/Operators.swift" suffix(, 0)
};
static const char swift_sources_loops_swift[] = {
#embed "swift/Sources/Loops.swift" suffix(, 0)
};
static const char swift_sources_random_swift[] = {
#embed "swift/Sources/Random.swift" suffix(, 0)
};
static const char swift_header_module_modulemap[] = {
#embed "swift/Header/module.modulemap" suffix(, 0)
};
static const char swift_header_shim_h[] = {
#embed "swift/Header/shim.h" suffix(, 0)
};
static const char swift_build_mk[] = {
#embed "swift/build.mk" suffix(, 0)
};
static const char swift_readme_md[] = {
#embed "swift/README.md" suffix(, 0)
};

static const plugin_template templates[] = {
    {"c", "backend.c", c_backend_c},
    {"c", "exports.map", common_exports_map},
    {"c", "Makefile", common_begin_mk},
    {"c", "Makefile", c_build_mk},
    {"c", "Makefile", common_end_mk},
    {"c", "README.md", c_readme_md},
    {"c", "README.md", common_readme_md},
    {"c", ".gitignore", common_gitignore},
    {"c++", "backend.cpp", cpp_backend_cpp},
    {"c++", "operators.hpp", cpp_operators_hpp},
    {"c++", "mathematics.h", cpp_mathematics_h},
    {"c++", "random.h", cpp_random_h},
    {"c++", "exports.map", common_exports_map},
    {"c++", "Makefile", common_begin_mk},
    {"c++", "Makefile", cpp_build_mk},
    {"c++", "Makefile", common_end_mk},
    {"c++", "README.md", cpp_readme_md},
    {"c++", "README.md", common_readme_md},
    {"c++", ".gitignore", common_gitignore},
    {"rust", "src/lib.rs", rust_src_lib_rs},
    {"rust", "src/ffi.rs", rust_src_ffi_rs},
    {"rust", "src/operators.rs", rust_src_operators_rs},
    {"rust", "src/random.rs", rust_src_random_rs},
    {"rust", "Makefile", common_begin_mk},
    {"rust", "Makefile", rust_build_mk},
    {"rust", "Makefile", common_end_mk},
    {"rust", "README.md", rust_readme_md},
    {"rust", "README.md", common_readme_md},
    {"rust", ".gitignore", common_gitignore},
    {"swift", "Sources/Plugin.swift", swift_sources_plugin_swift},
    {"swift", "Sources/Memory.swift", swift_sources_memory_swift},
    {"swift", "Sources/Operators.swift", swift_sources_operators_swift},
    {"swift", "Sources/Loops.swift", swift_sources_loops_swift},
    {"swift", "Sources/Random.swift", swift_sources_random_swift},
    {"swift", "Header/module.modulemap", swift_header_module_modulemap},
    {"swift", "Header/shim.h", swift_header_shim_h},
    {"swift", "exports.map", common_exports_map},
    {"swift", "Makefile", common_begin_mk},
    {"swift", "Makefile", swift_build_mk},
    {"swift", "Makefile", common_end_mk},
    {"swift", "README.md", swift_readme_md},
    {"swift", "README.md", common_readme_md},
    {"swift", ".gitignore", common_gitignore},
    {0},
};

const plugin_template *plugin_templates(void) { return templates; }
