using System.Collections.Frozen;
using AngleSharp.Dom;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// The classes and ids by which documentation generators mark what surrounds the content: menus, tables of contents, search,
/// buttons, footers and cookie notices.
/// </summary>
/// <remarks>
/// From the templates of Sphinx and its themes, MkDocs and Material, Docusaurus, Hugo (Docsy, Book, Geekdoc), mdBook, Docsify,
/// GitBook, DocFX, VitePress, Starlight, Antora, Asciidoctor, Doxygen, Javadoc, Jekyll, Confluence and Word.
/// </remarks>
internal static class FurnitureNames
{
    // A class of CSS modules has a hash after an underscore, which is not compared.
    private static readonly FrozenSet<string> Classes = FrozenSet.ToFrozenSet((
        // any generator
        "breadcrumb breadcrumbs pagination pager sidebar side-bar navbar nav-tabs toc table-of-contents tableofcontents "
        + "skip-link skiplink skip-nav skip-to-content skip-to-main back-to-top backtotop scroll-to-top edit-link edit-page "
        + "edit-this-page page-edit edit-page-link last-updated prev-next page-nav page-footer site-footer site-header "
        + "footer footer-navigation social-share share-buttons copy copy-button copybtn btn-copy clipboard-button "
        + "code-copy copy-code-button searchbox search-box search-form feedback page-feedback was-this-helpful "
        + "menu-toggle hamburger "
        // line numbers of code
        + "linenos linenodiv lineno lineno-container linenumber line-number line-numbers line-numbers-wrapper "
        + "line-numbers-rows gutter hljs-ln-numbers hljs-ln-line-numbers rouge-gutter lnt lntd-number ln "
        + "react-syntax-highlighter-line-number codehilite-linenos "
        // Sphinx: Alabaster, Read the Docs, Furo, PyData, Book
        + "headerlink sphinxsidebar sphinxsidebarwrapper related viewcode-link viewcode-back sourcelink this-page-menu "
        + "wy-nav-side wy-nav-top wy-side-scroll wy-breadcrumbs wy-breadcrumbs-aside wy-menu rst-footer-buttons rst-versions "
        + "rst-other-versions sidebar-drawer toc-drawer toc-sticky related-pages bottom-of-page related-information "
        + "mobile-header content-icon-container bd-header bd-sidebar bd-sidebar-primary bd-sidebar-secondary bd-toc "
        + "bd-footer bd-footer-article bd-header-article prev-next-area prev-next-footer header-article sidebar-toggle "
        + "header-article-items editthispage tocsection sphinx-tabs-tab "
        // MkDocs
        + "md-header md-tabs md-sidebar md-footer md-nav md-search md-source md-source-file md-skip md-top md-feedback "
        + "md-content__button md-dialog md-clipboard md-path md-banner md-announce md-code__nav md-consent bs-sidebar "
        + "navbar-default "
        // Docusaurus
        + "hash-link theme-doc-breadcrumbs theme-doc-toc-mobile theme-doc-toc-desktop theme-doc-footer "
        + "theme-doc-sidebar-container pagination-nav theme-edit-this-page theme-last-updated theme-doc-version-badge "
        + "theme-doc-version-banner theme-back-to-top-button theme-announcement-bar announcementbar tocmobile "
        + "toccollapsible skiptocontent buttongroup "
        // Hugo
        + "td-navbar td-sidebar td-sidebar-toc td-toc td-page-meta td-search td-heading-self-link td-footer book-menu "
        + "book-toc book-header book-footer book-search gdoc-nav gdoc-toc gdoc-page__footer gdoc-footer heading-anchor "
        + "headline-hash topbar "
        // mdBook, GitBook, Docsify
        + "nav-chapters nav-wide-wrapper mobile-nav-chapters menu-bar book-summary page-toc app-nav docsify-pagination-container "
        // DocFX
        + "sidenav sidefilter sidetoc sideaffix toc-offcanvas actionbar contribution next-article anchorjs-link "
        // VitePress, VuePress, Starlight, Nextra
        + "header-anchor vpnav vplocalnav vpsidebar vpdocaside vpdocfooter vpfooter vpdocoutlinedropdown vpskiplink "
        + "sl-anchor-link right-sidebar right-sidebar-container starlight-menu-button nextra-toc nextra-sidebar "
        + "nextra-breadcrumb subheading-anchor "
        // Antora, Doxygen, Javadoc, Jekyll
        + "nav-container nav-panel-menu source-toolbox toolbar navpath permalink top-nav sub-nav site-nav "
        // Confluence, Word
        + "page-metadata greybox toc-macro footer-body expand-icon mso-toc msotoc1 msotoc2 msotoc3 msotoc4 msotoc5 msotoc6 "
        + "msotocheading msoheader msofooter "
        // cookie notices
        + "cookieconsent cookie-consent cookie-banner cookie-bar cookie-notice cookie-popup cookie-law-info-bar cookie-message "
        + "cookie-alert cookie-warning cookie-modal cookie-policy-banner cookiebanner cookiebar cookienotice consent-banner "
        + "gdpr-banner gdpr-notice kvkk-banner cerez-uyarisi cerez-bildirimi cerez-banner cc-window cc-banner "
        + "cky-consent-container onetrust-banner cli-bar-container osano-cm-window"
        ).Split(' '));

    private static readonly FrozenSet<string> Ids = FrozenSet.ToFrozenSet((
        "breadcrumb-section breadcrumbs main-header footer-logo side-nav nav-path msearchbox msearchselectwindow menu-bar "
        + "sidetoggle sidetoc sidefilter affix onetrust-consent-sdk onetrust-banner-sdk cybotcookiebotdialog cookie-law-info-bar "
        + "cookie-banner cookie-notice cookie-consent-banner cookiebanner cookieconsent gdpr-cookie-message mkdocs_search_modal "
        + "mkdocs_keyboard_modal rtd-search-form readthedocs-embed-flyout jekyll-search tableofcontents toc __search __drawer "
        + "searchbox"
        ).Split(' '));

    /// <summary>Returns true if a class or the id of an element is that of a part without content.</summary>
    public static bool Contains(IElement element)
    {
        if (element.Id is { Length: > 0 } id && Ids.Contains(id.ToLowerInvariant())) return true;
        foreach (var name in element.ClassList)
        {
            if (Classes.Contains(name.ToLowerInvariant())) return true;
            if (name.IndexOf('_', StringComparison.Ordinal) is > 0 and var hash && name.Length > hash + 1 && name[hash + 1] != '_'
                && Classes.Contains(name[..hash].ToLowerInvariant()))
                return true;
        }
        return false;
    }
}
