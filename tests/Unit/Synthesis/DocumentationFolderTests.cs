using System.Text;
using FluentAssertions;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Tests.Unit.Cli;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>Which files of a folder are read, and in which encoding.</summary>
[Trait("Suite", "Fast")]
public sealed class DocumentationFolderTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public void Hidden_files_and_files_without_pages_are_skipped_and_listed()
    {
        _here.Write("docs/sayfa.html", "<p>Metin burada.</p>");
        _here.Write("docs/alt/iki.md", "Metin burada.");
        _here.Write("docs/._sayfa.html", [0, 5, 0x16, 7, 0xB0, 0xFF]);
        _here.Write("docs/alt/.DS_Store", [0, 0xFF]);
        _here.Write("docs/.git/not.md", [0xFF]);
        _here.Write("docs/README.md", "# Bu klasör");
        _here.Write("docs/_sidebar.md", "- [a](a)");
        _here.Write("docs/bos.html", "<nav>menü</nav>");
        _here.Write("docs/stil.css", "p{}");
        var content = DocumentationReader.ReadContent(_here / "docs");
        content.Pages.Select(page => page.Document).Should().Equal("alt/iki.md", "sayfa.html");
        content.FileCount.Should().Be(2);
        content.Skipped.Should().BeEquivalentTo(
        [
            ("._sayfa.html", SkipReason.Hidden), (".git", SkipReason.Hidden), ("alt/.DS_Store", SkipReason.Hidden),
            ("README.md", SkipReason.Readme), ("_sidebar.md", SkipReason.Navigation), ("bos.html", SkipReason.Empty),
            ("stil.css", SkipReason.OtherType),
        ]);
    }

    [Fact]
    public void Search_pages_and_sources_of_sphinx_are_skipped_only_in_its_folders()
    {
        _here.Write("docs/a/searchindex.js", "x");
        _here.Write("docs/a/search.html", "<p>Ara</p>");
        _here.Write("docs/a/genindex.html", "<p>Dizin</p>");
        _here.Write("docs/a/_sources/x.rst.txt", "Kaynak");
        _here.Write("docs/a/x.html", "<p>Metin</p>");
        _here.Write("docs/b/search.html", "<p>Arama ekranı</p>");
        DocumentationReader.Read(_here / "docs").Select(page => page.Document).Should().Equal("a/x.html", "b/search.html");
    }

    [Fact]
    public void A_link_back_to_the_folder_is_not_followed()
    {
        if (OperatingSystem.IsWindows()) return;
        _here.Write("docs/alt/iki.md", "Metin burada.");
        Directory.CreateSymbolicLink(_here / "docs/alt/geri", _here / "docs");
        DocumentationReader.Read(_here / "docs").Select(page => page.Document).Should().Equal("alt/iki.md");
    }

    [Fact]
    public void Metadata_that_a_page_does_not_give_are_those_of_its_path()
    {
        _here.Write("docs/tr/depo/raf.md", "The racks of the store are in the hall.");
        _here.Write("docs/en/depo/raf.md", "Raflar depoda durur ve çok yük taşır.");
        _here.Write("docs/satis/teklif-api.md", "The offers are in the list.");
        _here.Write("docs/satis/kapi.md", "The doors are in the list.");
        _here.Write("docs/ReadMe.md", "# Bu klasör");
        _here.Write("docs/giris.md", "---\nmodule: genel\nlang: tr-TR\n---\nThe offers are in the list.");
        DocumentationReader.Read(_here / "docs")
            .Select(page => (page.Document, page.Language, page.Module, page.Submodule, page.Level))
            .Should().Equal(
                ("en/depo/raf.md", "en", "depo", "raf", PageLevel.Detail),
                ("giris.md", "tr", "genel", "giris", PageLevel.Detail),
                ("satis/kapi.md", "en", "satis", "kapi", PageLevel.Detail),
                ("satis/teklif-api.md", "en", "satis", "teklif-api", PageLevel.Api),
                ("tr/depo/raf.md", "tr", "depo", "raf", PageLevel.Detail));
    }

    [Fact]
    public void A_hidden_folder_can_be_read_if_it_is_named()
    {
        _here.Write(".docs/a.md", "Metin burada.");
        DocumentationReader.Read(_here / ".docs").Should().ContainSingle();
    }

    [Fact]
    public void Utf16_with_its_mark_is_read()
    {
        _here.Write("docs/a.html", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("<meta charset=utf-16><h1>Şığ</h1>")]);
        DocumentationReader.Read(_here / "docs")[0].Text.Should().Be("# Şığ\n\n");
    }

    [Theory]
    [InlineData("<meta charset=\"windows-1254\">", "windows-1254", "WINDOWS-1254")]
    [InlineData("<META http-equiv=Content-Type content='text/html; charset=iso-8859-9'>", "iso-8859-9", "ISO-8859-9")]
    [InlineData("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>", "iso-8859-1", "ISO-8859-1")]
    public void Refuses_a_page_in_the_encoding_that_it_declares(string head, string declared, string encoding)
    {
        var file = _here.Write("docs/eski.html", [.. Encoding.ASCII.GetBytes(head), .. "<p>"u8, 0xFE, 0xFD, .. "</p>"u8]);
        FluentActions.Invoking(() => DocumentationReader.Read(_here / "docs")).Should().Throw<InvalidDataException>().WithMessage(
            $"{file} is not UTF-8; it declares {declared}. Convert it first, for example: iconv -f {encoding} -t UTF-8 "
                + "eski.html > eski.utf8.html");
    }

    [Fact]
    public void Refuses_a_page_that_declares_an_encoding_of_seven_bits()
    {
        var file = _here.Write("docs/eski.htm", "<meta charset=ISO-2022-JP><p>$B</p>");
        FluentActions.Invoking(() => DocumentationReader.Read(_here / "docs")).Should().Throw<InvalidDataException>()
            .WithMessage($"{file} is not UTF-8; it declares ISO-2022-JP. *");
    }

    [Theory]
    [InlineData("<meta charset=utf-8><p>şığ</p>")]
    [InlineData("<meta charset=UTF8><p>şığ</p>")]
    [InlineData("<meta charset=windows-1254><p>şığ</p>")]
    [InlineData("<p>şığ &lt;meta charset=windows-1254></p>")]
    public void Reads_utf8_also_if_an_old_declaration_was_left_after_a_conversion(string html)
    {
        _here.Write("docs/a.html", html);
        DocumentationReader.Read(_here / "docs")[0].Text.Should().StartWith("şığ");
    }

    [Fact]
    public async Task Chunk_says_what_was_read_and_what_was_skipped_and_why()
    {
        _here.Write("docs/a.html", "<p>Metin burada duruyor.</p>");
        _here.Write("docs/b.txt", "Bir\nMetin bir.\n\nİki\nMetin iki.\n");
        _here.Write("docs/._a.html", [0xFF]);
        _here.Write("docs/x.css", "p{}");
        _here.Write("docs/y.png", [0x89]);
        _here.Write("docs/bos.html", "<nav>menü</nav>");
        var ran = await CommandLineRunner.Run("synth", "chunk", _here / "docs", "-o", _here / "work");
        ran.Errors.Should().BeEmpty();
        ran.Output.Should().Contain(
            "3 pages of 2 files; 4 files skipped: 1 hidden, 2 of other types (.css, .png), 1 without text (bos.html)");
    }
}
