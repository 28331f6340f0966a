using FluentAssertions;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Tests.Unit.Cli;

namespace TurkishLlm.Tests.Unit.Synthesis;

[Trait("Suite", "Fast")]
public sealed class PageTests
{
    [Fact]
    public void Reads_the_metadata_of_an_html_page()
    {
        var page = ErpDocumentation.Page("tr/hammadde/mal-kabul.html");
        (page.Title, page.Language, page.Module, page.Submodule, page.Level, page.IsHead)
            .Should()
            .Be(("Mal kabul ve QR etiket", "tr", "hammadde", "mal-kabul", PageLevel.Detail, true));
        page.Breadcrumb.Should().Equal("Telbis", "Hammadde", "Mal kabul ve QR etiket");
        (page.Previous, page.Next).Should().Be(("siparisler.html", "../lab/numuneler.md"));
    }

    [Fact]
    public void Reads_the_metadata_of_a_markdown_page()
    {
        var page = ErpDocumentation.Page("tr/lab/testler.md");
        (page.Title, page.Language, page.Module, page.Submodule, page.Level)
            .Should()
            .Be(("Testler", "tr", "lab", "testler", PageLevel.Detail));
        page.Breadcrumb.Should().Equal("Telbis", "Laboratuvar", "Testler");
        page.Text.Should().StartWith("# Testler\n\n## Test türleri\n\n").And.NotContain("›");
    }

    [Fact]
    public void Html_and_markdown_of_the_same_content_are_the_same_text()
    {
        const string html = """
            <main><h1>Kablo</h1><p>Bakır <strong>8 mm</strong>,   <code>BAK</code> ve <a href="b.html#x">çinko</a>.</p>
            <ol><li>Aç<ul><li>iç</li></ul></li><li>Kapat</li></ol>
            <table><thead><tr><th>Kod</th><th>Ad</th></tr></thead><tbody><tr><td>10</td><td>Taslak</td></tr></tbody></table>
            <pre><code class="language-sql">SELECT *
              FROM LOT;</code></pre></main>
            """;
        const string markdown = """
            # Kablo

            Bakır **8 mm**, `BAK` ve [çinko](b.html#x).

            1. Aç
               - iç
            2. Kapat

            | Kod | Ad |
            | --- | --- |
            | 10 | Taslak |

            ```sql
            SELECT *
              FROM LOT;
            ```
            """;
        var (a, b) = (DocumentationReader.Parse("a.html", html)[0], DocumentationReader.Parse("a.md", markdown)[0]);
        a.Text.Should().Be("""
            # Kablo

            Bakır 8 mm, `BAK` ve çinko.

            1. Aç
              - iç
            2. Kapat

            | Kod | Ad |
            | --- | --- |
            | 10 | Taslak |

            ```sql
            SELECT *
              FROM LOT;
            ```


            """.ReplaceLineEndings("\n"));
        b.Text.Should().Be(a.Text);
        b.Blocks.Select(block => (block.Kind, block.Start, block.Length, string.Join(' ', block.Links))).Should()
            .Equal(a.Blocks.Select(block => (block.Kind, block.Start, block.Length, string.Join(' ', block.Links))));
        a.Blocks[1].Links.Should().Equal("b.html#x");
    }

    [Fact]
    public void A_cell_over_several_rows_or_columns_is_repeated_so_that_a_row_can_be_read_alone()
    {
        var page = DocumentationReader.Parse(
            "a.html", "<table><tr><th>Tür</th><th>Sınır</th><th>Test</th></tr><tr><td rowspan=2>Metal</td><td>8 | "
                + "9</td><td>A</td></tr><tr><td colspan=2>yok</td></tr></table>")[0];
        page.Text.Trim()
            .Should()
            .Be("| Tür | Sınır | Test |\n| --- | --- | --- |\n| Metal | 8 \\| 9 | A |\n| Metal | yok | yok |");
    }

    [Fact]
    public void Excludes_what_is_not_text_and_keeps_everything_else()
    {
        var page = DocumentationReader.Parse("a.html", """
            <body><nav><a href=x>menü</a></nav><script>var x = "gizli";</script><style>p{}</style>
            <div>Önce<div>ortada &lt;b&gt;</div>sonra<br>alt</div><img alt="şema"><footer>© 2025</footer></body>
            """)[0];
        page.Text.Should().Be("Önce\n\nortada <b>\n\nsonra alt\n\nşema\n\n");
    }

    [Fact]
    public void A_short_line_of_plain_text_is_a_heading_if_text_follows() =>
        DocumentationReader.Parse("a.txt", "Başlık\nYeni bir satış siparişi nasıl açılır\nŞöyle açılır.\nSon satır")[0]
            .Blocks.Select(block => block.Kind)
            .Should().Equal(BlockKind.Heading, BlockKind.Heading, BlockKind.Paragraph, BlockKind.Paragraph);

    [Fact]
    public void The_source_of_a_quotation_is_content() =>
        DocumentationReader.Parse("a.html", "<blockquote><p>Söz</p><footer>Yazar</footer></blockquote><footer>©</footer>")[0]
            .Text.Should().Contain("Yazar").And.NotContain("©");

    [Fact]
    public void Words_in_capitals_are_of_no_language() => PageLanguage.Count("THE PVC kablo").Should().Be((0, 0, 1));

    [Fact]
    public void Plain_text_has_headings_lists_and_links_by_title()
    {
        var pages = DocumentationReader.Parse("erp.txt", """
            Satış siparişi oluşturma
            Bu sayfa siparişi anlatır. Daha fazla bilgi için bkz. Depo sayımı.
            Önkoşullar
            - Müşteri kartı
            - Fiyat listesi
            Windows için: Evet, Evet
            Kısa ama nokta ile biter.

            Depo sayımı
            Sayım haftalık yapılır.
            """);
        pages
            .Select(page => (page.Document, page.Title))
            .Should()
            .Equal(("erp/satis-siparisi-olusturma.txt", "Satış siparişi oluşturma"), ("erp/depo-sayimi.txt", "Depo sayımı"));
        pages[0].Blocks.Select(block => (block.Kind, block.Level)).Should().Equal(
            (BlockKind.Heading, 1),
            (BlockKind.Paragraph, 0), (BlockKind.Heading, 2), (BlockKind.List, 0), (BlockKind.Paragraph, 0),
            (BlockKind.Paragraph, 0));
        var chunks = new Chunker(ErpDocumentation.Tokenizer.Value).Split(pages);
        chunks[0].Links.Should().Equal("erp/depo-sayimi.txt");
    }

    [Fact]
    public void Refuses_a_page_that_is_not_utf8_and_a_folder_without_pages()
    {
        using var here = new TurkishLlm.Tests.Unit.Cli.TestWorkspace();
        var file = here.Write("docs/eski.html", [.. "<p>"u8, 0xFE, .. "</p>"u8]);
        FluentActions
            .Invoking(() => DocumentationReader.Read(here / "docs"))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage(
                $"{file} is not valid UTF-8: byte 0xFE at offset 3 (line 1). Convert it first, for example: "
                + "iconv -f WINDOWS-1254 -t UTF-8 eski.html > eski.utf8.html");
        here.Write("empty/README.md", "# Bu klasör");
        FluentActions
            .Invoking(() => DocumentationReader.Read(here / "empty"))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage($"{here / "empty"} contains no page. Add *.html, *.md or *.txt files.");
        FluentActions
            .Invoking(() => DocumentationReader.Read(here / "nowhere"))
            .Should()
            .Throw<FileNotFoundException>()
            .WithMessage("The documentation * does not exist. Give a file or a folder of *.html, *.htm, *.md, *.txt.");
    }
}
