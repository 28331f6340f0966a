using FluentAssertions;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>Chunks and groups of a few pages that differ in language, module, level and links.</summary>
[Trait("Suite", "Fast")]
public sealed class SmallSiteTests
{
    private static readonly Lazy<ChunkSet> Site = new(() => Split(
        Page("tr/depo/index.md", "overview", "kantar", "", "# Depo\n\nBütün depo. [k](kantar.md)\n\n"
            + "## Harita\n\n[k](kantar.md) [r](raf.md#goz) [s](sayim.md)\n\n"
            + "## Önkoşullar\n\n[t](../satis/teklif.md) [e](../../en/depo/scale.md)"),
        Page("tr/depo/kantar.md", "detail", "kantar", "next: raf.md", "# Kantar\n\nTartar. [t](../satis/teklif.md#fiyat)\n\n"
            + "## Ayar\n\nAyarlar. [kendisi](#ayar) [k](kantar.md)\n\n"
            + "### Gün\n\nHer gün.\n\n### Ay\n\nHer ay.\n\n#### Saat\n\nHer saat."),
        Page("tr/depo/kantar-api.md", "api", "kantar", "", "# API\n\nÇağrı."),
        Page("tr/depo/raf.md", "detail", "kantar", "next: sayim.md", "# Raf\n\nTaşır.\n\n## Göz\n\nKüçük. `A_B` E_F"),
        Page("tr/depo/sayim.md", "detail", "kantar", "", "# Sayım\n\nSayar. C_D E_F"),
        Page("tr/satis/teklif.md", "detail", "teklif", "", "# Teklif\n\nTeklif. [k](../depo/kantar.md)\n\n"
            + "## Fiyat\n\nA_B fiyatı."),
        Page("tr/satis/fatura.md", "detail", "fatura", "next: iade.md", "# Fatura\n\nKeser. [k](../depo/raf.md)"),
        Page("tr/satis/iade.md", "detail", "iade", "", "# İade\n\nAlır."),
        Page("en/depo/scale.md", "detail", "scale", "", "# Scale\n\nIt weighs. A_B")));

    [Fact]
    public void Links_lead_over_folders_to_sections_and_not_to_the_page_itself()
    {
        var set = Site.Value;
        set["tr/depo/index#harita"].Links.Should()
            .Equal("tr/depo/kantar.md", "tr/depo/raf.md#goz", "tr/depo/sayim.md");
        set["tr/depo/kantar#kantar"].Links.Should().Equal("tr/satis/teklif.md#fiyat");
        set["tr/depo/index#onkosullar"].Links.Should().Equal("tr/satis/teklif.md", "en/depo/scale.md");
        set["tr/depo/kantar#ayar"].Links.Should().Equal("tr/depo/kantar.md#ayar");
        set["tr/depo/kantar#kantar"].ReferencesModules.Should().Equal("satis");
        set["tr/depo/index#harita"].ReferencesModules.Should().BeEmpty();
        (set["tr/depo/raf#goz"].NextDocument, set["tr/depo/sayim#sayim"].NextDocument).Should().Be(("tr/depo/sayim.md", ""));
    }

    [Fact]
    public void A_section_knows_its_parent_and_a_text_its_tables()
    {
        var set = Site.Value;
        set["tr/depo/kantar#gun"].Parent.Should().Be("tr/depo/kantar#ayar");
        set["tr/depo/kantar#saat"].Parent.Should().Be("tr/depo/kantar#ay");
        set["tr/depo/kantar#ayar"].Parent.Should().BeEmpty();
        set["tr/depo/kantar#saat"].Breadcrumb.Should().Be("Kantar > Ayar > Ay > Saat");
        set["tr/depo/sayim#sayim"].Tables.Should().Equal("C_D", "E_F");
        set.All.Where(chunk => chunk.Document == "tr/depo/kantar.md").Select(chunk => chunk.SectionHeading)
            .Should().Equal("Kantar", "Ayar", "Gün", "Ay", "Saat");
        var declared = Split(
            Page("tr/a/t.md", "detail", "t", "", "# T\n\n| Tablo | Ne |\n| --- | --- |\n| `LOT` | x |\n\nLOT A_B."));
        declared.All[0].Tables.Should().Equal("LOT");
    }

    [Theory]
    [InlineData(2, "en/depo/scale", "tr/depo/kantar", "tr/satis/teklif")]
    [InlineData(3, "tr/depo", "tr/satis")]
    [InlineData(4, "tr/depo/kantar", "tr/depo/kantar#ay", "tr/depo/kantar#ayar")]
    [InlineData(5, "tr/depo/kantar", "tr/depo/kantar#ayar")]
    [InlineData(6, "tr/depo/kantar+satis/teklif")]
    [InlineData(7, "tr/depo/index+kantar", "tr/depo/index+raf", "tr/depo/index+sayim")]
    [InlineData(8, "tr/depo/kantar")]
    [InlineData(9, "tr/depo/index#onkosullar")]
    [InlineData(10, "tr/A_B")]
    [InlineData(11, "tr/depo/index")]
    public void Each_rule_has_exactly_its_groups(int rule, params string[] groups)
    {
        var found = Groups(rule);
        found.Select(group => group.Id).Order(StringComparer.Ordinal).Should().Equal(
            groups.Where(name => rule != 2 || !name.StartsWith("en/", StringComparison.Ordinal))
                .Select(name => FormattableString.Invariant($"r{rule:D2}/{name}")).Order(StringComparer.Ordinal));
        found.Should().OnlyContain(group =>
            group.Chunks.All(id => Site.Value[id].Language == group.Language)
            && group.Chunks.Distinct().Count() == group.Chunks.Count);
    }

    [Fact]
    public void Groups_have_the_chunks_of_their_rule_in_reading_order()
    {
        Groups(4)[0].Chunks.Should().Equal(
            "tr/depo/index#depo", "tr/depo/index#harita", "tr/depo/kantar#kantar", "tr/depo/kantar#ayar", "tr/depo/kantar#gun",
            "tr/depo/kantar#ay", "tr/depo/kantar#saat", "tr/depo/kantar-api#api");
        Groups(5).Single(group => group.Id.EndsWith("#ayar", StringComparison.Ordinal)).Chunks
            .Should().Equal("tr/depo/kantar#gun", "tr/depo/kantar#ay");
        Groups(6)[0].Chunks.Should().BeEquivalentTo("tr/depo/kantar#kantar", "tr/satis/teklif#teklif");
        Groups(8)[0].Chunks.Select(id => Site.Value[id].Document).Distinct()
            .Should().Equal("tr/depo/kantar.md", "tr/depo/raf.md", "tr/depo/sayim.md");
        Groups(9)[0].Chunks.Should().Equal("tr/depo/index#onkosullar", "tr/satis/teklif#teklif");
        Groups(10)[0].Chunks.Should().Equal("tr/depo/raf#goz", "tr/satis/teklif#fiyat");
        Groups(11)[0].Chunks.Should().Equal("tr/depo/index#depo", "tr/depo/index#harita");
    }

    [Fact]
    public void Each_part_of_a_large_group_begins_with_its_lead_and_has_room_for_it()
    {
        Chunk[] chunks =
            [.. Enumerable.Range(0, 7).Select(i => TestChunk.Create("tr/depo/a.html", i, tokens: 40, offset: 100 * i))];
        var draft = new GroupDraft("k", "t", [chunks[0]], chunks[1..]);
        var parts = GroupingRules.Group(new(chunks), [new OneDraft(draft)], maxTokens: 130).ToArray();
        parts.Select(part => part.Id).Should().Equal("r01/k~1", "r01/k~2", "r01/k~3");
        parts.Should().OnlyContain(part => part.Chunks[0] == chunks[0].ChunkId && part.Tokens <= 130);
        parts.SelectMany(part => part.Chunks.Skip(1)).Should().Equal(chunks[1..].Select(chunk => chunk.ChunkId));
    }

    [Fact]
    public void Files_of_chunks_and_groups_refuse_what_does_not_match()
    {
        using var folder = new TemporaryFolder();
        var work = new SynthesisFolder(folder.Path);
        ChunkFile.Write(work.Chunks, Site.Value.All);
        Blueprint.Create(Site.Value.All).Write(work.Blueprint);
        work.Open().Chunks.All.Select(JsonText.Serialize).Should().Equal(Site.Value.All.Select(JsonText.Serialize));

        ChunkFile.Write(work.Chunks, [Site.Value.All[0] with { Text = "başka" }, .. Site.Value.All.Skip(1)]);
        FluentActions.Invoking(work.Open).Should().Throw<InvalidDataException>().WithMessage("The chunks have changed*");
        ChunkFile.Write(work.Chunks, [.. Site.Value.All, Site.Value.All[0]]);
        FluentActions.Invoking(work.Open).Should().Throw<InvalidDataException>().WithMessage("*occurs twice.");
        ChunkFile.Write(work.Chunks, Site.Value.All);
        File.AppendAllText(work.Chunks, "{\"chunk_id\":3}\n");
        FluentActions.Invoking(work.Open).Should().Throw<InvalidDataException>()
            .WithMessage(FormattableString.Invariant($"{work.Chunks}:{Site.Value.All.Count + 1}: *"));
        File.WriteAllText(work.Blueprint, File.ReadAllText(work.Blueprint).Replace("\"version\": 1", "\"version\": 2",
            StringComparison.Ordinal));
        FluentActions.Invoking(() => Blueprint.Read(work.Blueprint))
            .Should().Throw<InvalidDataException>().WithMessage("*version 2*");
        FluentActions.Invoking(() => JsonText.Deserialize<TextRangeRow>("{\"a\":1,\"b\":2}", "here"))
            .Should().Throw<InvalidDataException>();
    }

    [Fact]
    public void A_long_word_of_surrogate_pairs_and_a_long_table_are_split_without_loss()
    {
        var emoji = string.Concat(Enumerable.Repeat("😀", 60));
        var table = string.Concat(Enumerable.Range(1, 30).Select(i => FormattableString.Invariant($"| {i} | değer {i} |\n")));
        var chunks = Split(
            Page("tr/a/b.md", "detail", "b", "", $"# B\n\n{emoji}\n\n## Tablo\n\n| No | Değer |\n| --- | --- |\n{table}")).All;
        chunks.Any(chunk => char.IsHighSurrogate(chunk.Text[^1])).Should().BeFalse();
        string.Concat(chunks.Where(chunk => chunk.Text.Contains("😀", StringComparison.Ordinal))
                .Select(chunk => chunk.Text[chunk.Overlap..]))
            .Should().EndWith(emoji);
        var parts = chunks.Where(chunk => chunk.SectionHeading == "Tablo").ToArray();
        parts.Length.Should().BeGreaterThan(2);
        parts.Select(part => part.ChunkId).Should().Equal(
            parts.Select((_, i) => i == 0 ? "tr/a/b#tablo" : FormattableString.Invariant($"tr/a/b#tablo.{i + 1}")));
        parts.Skip(1).Should().OnlyContain(part => part.Text.StartsWith("## Tablo\n\n| ", StringComparison.Ordinal)
            && part.TokenCount == ErpDocumentation.Tokenizer.Value.CountTokens(part.Text));
    }

    private static ChunkGroup[] Groups(int rule) =>
        [.. GroupingRules.Group(Site.Value, GroupingRules.All.Where(other => other.Number == rule))];

    private static ChunkSet Split(params string[][] files) =>
        new(new Chunker(ErpDocumentation.Tokenizer.Value, maxTokens: 60).Split(
            [.. files.SelectMany(file => DocumentationReader.Parse(file[0], file[1])).Select(WithPath)]));

    private static Page WithPath(Page page) => page with
    {
        Language = page.Document.Split('/')[0], Module = page.Document.Split('/')[1],
    };

    private static string[] Page(string document, string level, string submodule, string more, string text) =>
        [document, $"---\nlevel: {level}\nsubmodule: {submodule}\n{more}\n---\n{text}\n"];

    private sealed record TextRangeRow(int A);

    private sealed class OneDraft(GroupDraft draft) : IGroupingRule
    {
        public int Number => 1;

        public string Name => "One";

        public string Description => "One draft.";

        public IEnumerable<GroupDraft> Group(ChunkSet chunks) => [draft];
    }
}
