using FluentAssertions;
using TurkishLlm.Synthesis.Documentation;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>What is on a page but not its content, as the usual generators write it.</summary>
[Trait("Suite", "Fast")]
public sealed class PageFurnitureTests
{
    private const string Content = "# Sayım\n\nSayım haftalıktır.";

    [Theory]
    [InlineData(
        "Sphinx",
        "<div class='related' role='navigation'><h3>Gezinti</h3></div><div class='document'><div class='body' role='main'>"
            + "<section id='s'>"
            + "<h1>Sayım<a class='headerlink' href='#s'>¶</a></h1><p>Sayım haftalıktır.</p></section></div></div>"
            + "<div class='sphinxsidebar' role='navigation'><h3>İçindekiler</h3></div><div class='footer'>©</div>")]
    [InlineData(
        "Read the Docs",
        "<nav class='wy-nav-side'>menü</nav><section class='wy-nav-content-wrap'><div role='navigation'><ul "
            + "class='wy-breadcrumbs'>"
            + "<li><a href='/'>Ev</a></li><li>Sayım</li></ul></div><div role='main'><h1>Sayım<a class='headerlink' "
                + "href='#s'>\uF0C1</a></h1>"
            + "<p>Sayım haftalıktır.</p></div><footer><div class='rst-footer-buttons'>Sonraki</div></footer></section>")]
    [InlineData(
        "MkDocs Material",
        "<header class='md-header'>x</header><main class='md-main'><div class='md-sidebar'><h2>Menü</h2></div><article><a class="
            + "'md-content__button' href='e'>Düzenle</a><h1>Sayım<a class='headerlink' href='#s'>&para;</a></h1><p>Sayım "
                + "haftalıktır.</p>"
            + "<aside class='md-source-file'>Son</aside></article></main><footer class='md-footer'>alt</footer>")]
    [InlineData(
        "Docusaurus",
        "<nav class='navbar'>menü</nav><main><nav aria-label='Breadcrumbs'><ul class='breadcrumbs'><li>Ev</li></ul></nav>"
            + "<div class="
            + "'tocCollapsible_ETCw'><button>Bu sayfada</button></div><article><header><h1>Sayım<a href='#s' "
                + "class='hash-link'>\u200B</a>"
            + "</h1></header><p>Sayım haftalıktır.</p></article><footer class='theme-doc-footer'>Edit</footer></main>")]
    [InlineData(
        "Hugo",
        "<body><aside class='book-menu'><nav>menü</nav></aside><div class='book-page'><header class='book-header'>"
            + "üst</header><article>"
            + "<h1>Sayım<a class='anchor' href='#s'>#</a></h1><p>Sayım haftalıktır.</p></article><footer>alt</footer></div>"
            + "<aside class='td-toc'><h2>Sayfada</h2></aside></body>")]
    [InlineData(
        "DocFX",
        "<div class='sidenav'>menü</div><article><h1 id='s'>Sayım<a class='anchorjs-link' href='#s'></a></h1><p>Sayım "
            + "haftalıktır.</p>"
            + "</article><div class='sideaffix'><div class='contribution'>Improve</div></div>")]
    [InlineData(
        "VitePress",
        "<div class='VPNav'>x</div><main><div class='vp-doc'><h1>Sayım <a class='header-anchor' href='#s' "
            + "aria-label='Permalink'>&#8203;</a>"
            + "</h1><p>Sayım haftalıktır.</p></div></main><div class='VPDocFooter'>Sonraki</div>")]
    [InlineData(
        "Confluence",
        "<div id='main-header'><ol id='breadcrumbs'><li><a href='i'>Depo</a></li></ol></div><h1 class='pagetitle'>"
            + "Sayım</h1><div class="
            + "'page-metadata'>Created by</div><p>Sayım&nbsp;haftalıktır.</p><div id='footer'><section class='footer-body'>"
                + "x</section></div>")]
    [InlineData(
        "Word",
        "<xml><w:x>Normal 0</w:x></xml><p class=MsoTitle>Sayım</p><p class=MsoToc1>İçindekiler 3</p><p class=MsoNormal>"
            + "<span style="
            + "'mso-hide: all'>gizli</span>Sayım haf\u00ADtalıktır.<o:p></o:p></p>")]
    [InlineData(
        "GitHub",
        "<h1><a id='user-content-s' class='anchor' aria-hidden='true' href='#s'><svg></svg></a>Sayım</h1><p>Sayım "
            + "haftalıktır.</p>"
            + "<div><button>Copy</button></div>")]
    public void Only_the_content_of_a_generated_page_is_read(string generator, string html) =>
        Read(html).Should().Be(Content, "that is the content of a page of {0}", generator);

    [Theory]
    [InlineData("<p hidden>gizli</p>")]
    [InlineData("<p style='color:red; DISPLAY : none'>gizli</p>")]
    [InlineData("<p style='visibility:hidden'>gizli</p>")]
    [InlineData("<p aria-hidden=true>gizli</p>")]
    [InlineData("<span class='sr-only'>gizli</span>")]
    [InlineData("<dialog open>gizli</dialog>")]
    [InlineData("<noscript><p>gizli</p></noscript>")]
    [InlineData("<template><p>gizli</p></template>")]
    [InlineData("<div role=dialog>gizli</div>")]
    [InlineData("<div class='cookie-banner'><p>gizli</p></div>")]
    [InlineData("<div id=onetrust-banner-sdk>gizli</div>")]
    [InlineData("<div role=search><h3>gizli</h3></div>")]
    [InlineData("<select><option>gizli</option></select>")]
    public void Hidden_elements_and_notices_are_not_read(string html) =>
        Read($"<h1>Sayım</h1>{html}<p>Sayım haftalıktır.</p>").Should().Be(Content);

    [Theory]
    [InlineData("<div class='sidebar'><main><h1>Sayım</h1><p>Sayım haftalıktır.</p></main></div>")]
    [InlineData("<body class='footer'><div class='related'><h1>Sayım</h1><p>Sayım haftalıktır.</p></div></body>")]
    [InlineData("<h1><a class='toclink' href='#s'>Sayım</a></h1><p>Sayım haftalıktır.</p>")]
    [InlineData("<h1><a class='header' href='#s'>Sayım</a></h1><p hidden='until-found'>Sayım haftalıktır.</p>")]
    [InlineData("<h1><button>Sayım</button></h1><p>Sayım <button>haftalıktır</button>.</p>")]
    [InlineData("<form><h1>Sayım</h1><p>Sayım haftalıktır.</p></form>")]
    [InlineData("<main></main><h1>Sayım</h1><p>Sayım haftalıktır.</p>")]
    public void Content_stays_within_any_element(string html) => Read(html).Should().Be(Content);

    [Fact]
    public void The_frame_of_a_docsify_site_has_no_text() =>
        DocumentationReader.Parse(
            "index.html", "<div id=app>Yükleniyor…</div><script src='//cdn/docsify@4'></script>").Should().BeEmpty();

    [Fact]
    public void A_page_about_cookies_keeps_its_sections() =>
        Read("<h1>Çerez</h1><section id='cookie-consent'><h2>Onay</h2><p>Metin <a href='#x'>bağlantı</a>.</p></section>")
            .Should()
            .Be("# Çerez\n\n## Onay\n\nMetin bağlantı.");

    [Theory]
    [InlineData(
        "<ul role=tablist><li role=tab>npm</li><li role=tab>yarn</li></ul><div><div role=tabpanel>bir</div><div "
            + "role=tabpanel hidden>iki</div></div>")]
    [InlineData(
        "<div class='tabbed-set'><div class='tabbed-labels'><label>npm</label><label>yarn</label></div><div "
            + "class='tabbed-content'>"
            + "<div class='tabbed-block'><p>bir</p></div><div class='tabbed-block'><p>iki</p></div></div></div>")]
    [InlineData(
        "<ul class='nav nav-tabs'><li><a href='#y'>yarn</a></li><li><a href='#n'>npm</a></li></ul><div class='tab-content'>"
            + "<div class='tab-pane' id=n>bir</div><div class='tab-pane' id=y style='display:none'>iki</div></div>")]
    [InlineData("<button role=tab id=t1>npm</button><button role=tab id=t2>yarn</button>"
        + "<div role=tabpanel aria-labelledby=t1>bir</div><div role=tabpanel aria-labelledby=t2 aria-hidden=true>iki</div>")]
    public void All_tabs_are_read_below_their_labels(string html) =>
        Read($"<main>{html}</main>").Should().Be("npm\n\nbir\n\nyarn\n\niki");

    [Fact]
    public void A_formula_is_read_once_as_tex() =>
        Read("<p>Alan <span class='katex'><span class='katex-mathml'><math><semantics><mi>a</mi><annotation "
            + "encoding='application/x-tex'>"
            + "a^2</annotation></semantics></math></span><span class='katex-html' aria-hidden='true'>a2</span></span> olur.</p>")
            .Should()
            .Be("Alan $a^2$ olur.");

    [Fact]
    public void A_breadcrumb_is_not_a_menu()
    {
        Page("<nav><ul><li><a href='a'>A</a></li><li><a href='b'>B</a></li></ul></nav><p>x</p>").Breadcrumb.Should().BeEmpty();
        Page("<nav>menü</nav><ul class='wy-breadcrumbs'><li><a href='/'></a></li><li><a href='a'>Depo</a> &raquo;</li><li>"
            + "Sayım</li>"
            + "<li class='wy-breadcrumbs-aside'><a href='s'>Kaynak</a></li></ul><p>"
                + "x</p>").Breadcrumb.Should().Equal("Depo", "Sayım");
    }

    [Fact]
    public void References_to_no_character_are_dropped() =>
        Read("<p>a&#xD800;b&#0;c&#x110000;d</p>").Should().Be("abcd");

    [Theory]
    [InlineData("<table><a><menu><svg><template></a><nobr><p><nobr>metin")]
    [InlineData("<li><table><template><td></li></table></template>metin")]
    public void Markup_that_hung_the_parser_is_read(string html) => Read($"<body>{html}").Should().EndWith("metin");

    [Fact]
    public void Refuses_a_page_that_leaves_very_many_elements_open() =>
        FluentActions
            .Invoking(() => Read(string.Concat(Enumerable.Repeat("<b>", 30_000))))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage("sayfa.html leaves more than 20000 elements open. Close them, for example with: tidy -m");

    [Fact]
    public void A_cell_over_very_many_rows_and_columns_is_bounded() =>
        Page($"<table><tr>{string.Concat(Enumerable.Repeat("<td rowspan=9999 colspan=9999>x</td>", 2000))}</tr>"
            + $"{string.Concat(Enumerable.Repeat("<tr></tr>", 20))}</table>").Text.Length.Should().BeLessThan(500_000);

    [Fact]
    public void A_level_that_is_no_word_is_ignored() =>
        Page("<meta name=level content=7><p>x</p>").Level.Should().Be(PageLevel.Detail);

    private static string Read(string html) => Page(html).Text.Trim('\n');

    private static Page Page(string html) => DocumentationReader.Parse("sayfa.html", html)[0];
}
