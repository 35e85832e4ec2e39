// How `cem analyze` reads the islands: custom-elements.json describes what a page may use of each element, and nothing of
// how the element does it.
export default {
  packagejson: false, // the manifest is the guide's, and no package is published
  globs: ['islands/*/*.js'],
  exclude: ['islands/server/**', 'islands/shared/**'],
  litelement: true,
  packagejson: false, // it would write where the manifest was made, which in a test is a folder that goes
  plugins: [{
    name: 'what-pages-use',
    packageLinkPhase({customElementsManifest}) {
      const inner = ({name}) => name.startsWith('_');
      for (const module of customElementsManifest.modules) {
        module.declarations = module.declarations.filter(({customElement}) => customElement);
        module.exports = module.exports.filter(({kind}) => kind === 'custom-element-definition');
        for (const element of module.declarations) {
          element.members = (element.members ?? []).filter((member) => member.kind === 'field' && member.privacy === 'public' && !inner(member));
          element.attributes = (element.attributes ?? []).filter((attribute) => !inner(attribute));
        }
      }
      customElementsManifest.modules = customElementsManifest.modules
        .filter(({declarations}) => declarations.length > 0)
        .sort((a, b) => (a.path < b.path ? -1 : 1));
    },
  }],
};
