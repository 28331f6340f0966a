using FluentAssertions;
using TurkishLlm.Synthesis.Documentation;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>Front matter, and what generators add to Markdown.</summary>
[Trait("Suite", "Fast")]
public sealed class MarkdownPageTests
{
    [Fact]
    public void A_numbered_list_begins_with_its_number() =>
        DocumentationReader.Parse("a.md", "3. üç\n4. dört\n")[0].Text.Should().Be("3. üç\n4. dört\n\n");

    [Fact]
    public void A_shorter_fence_inside_code_does_not_end_it()
    {
        const string code = "````md\n```\n!!! note \"X\"\n    içerik\n```\n!!! note \"Y\"\n    içerik\n````";
        var page = DocumentationReader.Parse("a.md", $"{code}\n\n!!! note \"Z\"\n    Son.\n")[0];
        page.Text.Should().Contain("!!! note \"X\"\n    içerik").And.Contain("!!! note \"Y\"\n    içerik")
            .And.EndWith("Z\n\nSon.\n\n");
    }

    [Theory]
    [InlineData("---\ntitle: \"Ad: x\" # not\nmodule: depo\n---\n\nMetin.", "Ad: x", "depo")]
    [InlineData("---\r\ntitle: Ad\r\ntags:\r\n- a\r\nsidebar:\r\n  title: başka\r\n...\r\nMetin.", "Ad", "")]
    [InlineData("\n---\nTitle: x\ntitle: 'Ad'\ntext: |\n  çok\n\n  satır\n---\nMetin.", "Ad", "")]
    [InlineData("+++\ntitle = \"Ad\"\ndraft = true\ntext = \"\"\"\nçok satır\n\"\"\"\n[params]\ntitle "
        + "= \"başka\"\n+++\nMetin.", "Ad", "")]
    [InlineData("{\n  \"title\": \"Ad\", \"tags\": [\"a\"], \"module\": \"depo\"\n}\n\nMetin.", "Ad", "depo")]
    [InlineData("---\n---\nMetin.", "sayfa", "")]
    public void Front_matter_is_metadata(string markdown, string title, string module)
    {
        var page = Page(markdown);
        (page.Text.Trim(), page.Title, page.Module).Should().Be(("Metin.", title, module));
    }

    [Theory]
    [InlineData("---\n\nÖnemli uyarı: yedek alın.\n\n---\n\nMetin.", "Önemli uyarı: yedek alın.\n\nMetin.")]
    [InlineData("---\n\nuyarı: yedek alın.\n\n---\n\nMetin.", "uyarı: yedek alın.\n\nMetin.")]
    [InlineData("---\n\nNot: yedek alın.\n\n---\n\nMetin.", "Not: yedek alın.\n\nMetin.")]
    [InlineData("***\nMetin.\n\n***\n\nSon.", "Metin.\n\nSon.")]
    [InlineData("---\n\nKapanmayan kural.", "Kapanmayan kural.")]
    [InlineData("+++\n\nArtılar arasında metin.\n\n+++", "+++\n\nArtılar arasında metin.\n\n+++")]
    [InlineData("{ayraç} ile başlayan metin.", "{ayraç} ile başlayan metin.")]
    [InlineData("{\"title\": \"\\ud83d\"}\n\nMetin.", "{\"title\": \"\\ud83d\"}\n\nMetin.")]
    [InlineData("---\nNot: yedek alın.\n---\n\nMetin.", "## Not: yedek alın.\n\nMetin.")]
    public void Text_between_rules_is_kept(string markdown, string text) => Page(markdown).Text.Trim('\n').Should().Be(text);

    [Fact]
    public void The_title_of_the_metadata_is_that_of_a_page_without_a_main_heading()
    {
        Page("---\ntitle: Ad\n---\n## Bölüm\n\nMetin.").Title.Should().Be("Ad");
        Page("---\ntitle: Ad\n---\n# Başlık\n\nMetin.").Title.Should().Be("Başlık");
    }

    [Theory]
    [InlineData("!!! warning \"Dikkat\"\n    Metin.\n\n    ```sh\n    a\n     b\n    "
        + "```\n\nSon.", "Dikkat\n\nMetin.\n\n```sh\na\n b\n```\n\nSon.")]
    [InlineData("1. Aç\n\n    ??? note\n\n        Metin.\n\n2. Kapat", "1. Aç\n   Metin.\n2. Kapat")]
    [InlineData("=== \"Linux\"\n\n    a\n\n=== \"Mac\"\n\n\tb", "Linux\n\na\n\nMac\n\nb")]
    [InlineData(":::note Bilgi\n\nMetin.\n\n:::\n\n:::tip[Öneri]\nİki.\n:::", "Bilgi\n\nMetin.\n\nÖneri\n\nİki.")]
    [InlineData("> [!WARNING]\n> Metin.\n\n> [!tip]- Öneri\n> İki.", "Metin.\n\nÖneri İki.")]
    [InlineData("```{note} Başlık\n:class: x\nMetin **kalın**.\n```\n\n```{code-block} sql\n:linenos:\nSELECT "
        + "1\n```\n\n```{toctree}\na\n```",
        "Başlık\n\nMetin kalın.\n\n```sql\nSELECT 1\n```")]
    [InlineData("```{r}\nplot(1)\n```", "```r\nplot(1)\n```")]
    [InlineData("{% hint style=\"info\" %}\nMetin.\n{% endhint %}\n{% tab title=\"Bir\" %}\nİki.\n{% endtab "
        + "%}", "Metin.\n\nBir\n\nİki.")]
    [InlineData("{{% notice tip %}}\nMetin.\n{{% /notice %}}\n\n{{< highlight go >}}\nx\n{{< /highlight >}}\n\n[bağ]({{< "
        + "ref \"a.md\" >}})",
        "Metin.\n\n```go\nx\n```\n\nbağ")]
    [InlineData("import Tabs from '@theme/Tabs';\n\n<Tabs>\n<TabItem value=\"a\" "
        + "label=\"Elma\">\n\nMetin.\n\n</TabItem>\n</Tabs>", "Elma\n\nMetin.")]
    [InlineData("!> Metin.\n\n[[toc]]\n\n* TOC\n{:toc}\n\nSon.", "Metin.\n\n- TOC\n\nSon.")]
    [InlineData("- [x] bitti\n- [ ] bekliyor", "- [x] bitti\n- [ ] bekliyor")]
    [InlineData("Terim\n:   Açıklama\n\nNot[^1].\n\n[^1]: Dipnot.", "Terim\n\nAçıklama\n\nNot[1].\n\n1. Dipnot.")]
    [InlineData("Metin {MUSTERI_NO} ve {{ deger }} ve `{#x}`.", "Metin {MUSTERI_NO} ve {{ deger }} ve `{#x}`.")]
    public void Additions_of_generators_become_plain_text(string markdown, string text) =>
        Page(markdown).Text.Trim('\n').Should().Be(text);

    [Fact]
    public void Additions_inside_code_are_code()
    {
        const string code = "!!! note\n    x\n:::note\n> [!TIP]\nimport a from 'b'\n{% x %}\n## B {#c}";
        Page($"```md\n{code}\n```").Text.Trim('\n').Should().Be($"```md\n{code}\n```");
    }

    [Fact]
    public void A_heading_keeps_the_anchor_that_it_names()
    {
        var page = Page("## Bölüm {#ozel .sinif}\n\nx\n\n## İki {: #iki}\n\ny\n\n<h2><a name=\"uc\"></a>Üç</h2>");
        page.Blocks.Where(block => block.Kind == BlockKind.Heading)
            .Select(block => block.Anchor)
            .Should()
            .Equal("ozel", "iki", "uc");
        page.Text.Should().StartWith("## Bölüm\n\nx\n\n## İki\n\ny\n\n## Üç");
    }

    [Fact]
    public void Marks_without_an_end_are_text()
    {
        var lines = string.Concat(Enumerable.Range(0, 300).Select(i => FormattableString.Invariant($"dizi[{i} ve **yıldız\n")));
        var page = Page($"# Kayıt\n\n{lines}\n```\nkod\n```");
        page.Text.Should().StartWith("# Kayıt\n\ndizi[0 ve **yıldız dizi[1 ve **yıldız").And.EndWith("```\nkod\n```\n\n");
    }

    [Fact]
    public void Refuses_a_page_that_is_nested_too_deep()
    {
        using var here = new TurkishLlm.Tests.Unit.Cli.TestWorkspace();
        var file = here.Write("docs/derin.md", new string('>', 500) + " metin");
        FluentActions
            .Invoking(() => DocumentationReader.Read(here / "docs"))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage($"{file} has lists or quotations that are nested more than 100 deep. Remove the nesting.");
    }

    private static Page Page(string markdown) => DocumentationReader.Parse("sayfa.md", markdown)[0];
}
