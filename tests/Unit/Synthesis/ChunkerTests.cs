using FluentAssertions;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Tests.Unit.Cli;

namespace TurkishLlm.Tests.Unit.Synthesis;

[Trait("Suite", "Fast")]
public sealed class ChunkerTests
{
    [Fact]
    public void The_factory_has_eight_modules_in_two_languages_and_more_than_120_chunks()
    {
        var chunks = ErpDocumentation.Chunks.All;
        chunks.Should().HaveCountGreaterThan(120);
        chunks
            .Where(chunk => chunk.Language == "tr")
            .Select(chunk => chunk.Module)
            .Distinct()
            .Should()
            .BeEquivalentTo("Yönetim", "Hammadde", "Stok", "Teknik", "Laboratuvar", "Üretim", "Satış", "Finans");
        chunks
            .Where(chunk => chunk.Language == "en")
            .Select(chunk => chunk.ModuleKey)
            .Distinct()
            .Should()
            .BeEquivalentTo(chunks.Where(chunk => chunk.Language == "tr").Select(chunk => chunk.ModuleKey).Distinct());
    }

    [Fact]
    public void A_chunk_has_the_nine_facts_of_the_reference_report()
    {
        var chunk = ErpDocumentation.Chunks["tr/stok/hareketler#hareket-turleri"];
        (chunk.Module, chunk.SectionHeading, chunk.Breadcrumb, chunk.Language, chunk.HasTable, chunk.HasCode).Should()
            .Be(("Stok", "Hareket türleri", "Telbis > Stok > Stok hareketleri > Hareket türleri", "tr", true, false));
        chunk.TokenCount.Should().Be(ErpDocumentation.Tokenizer.Value.CountTokens(chunk.Text));
        chunk.ReferencesModules.Should().BeEmpty();
        ErpDocumentation
            .Chunks["tr/hammadde/index#onkosullar-ve-tuketiciler"]
            .ReferencesModules.Should()
            .Equal("Yönetim", "Stok", "Finans", "Üretim", "Laboratuvar");
        ErpDocumentation.Chunks["tr/stok/makaralar#makara-bolme"].HasCode.Should().BeTrue();
    }

    [Fact]
    public void Names_stay_when_a_section_is_put_before_them()
    {
        const string page = "<main><h1>Depo</h1><h2>Göz</h2><p>bir</p><h2 id='k'>Kapı</h2><p>iki</p><h2>Göz</h2><p>üç</p></main>";
        var before = Ids(page);
        before.Should().Equal("d/depo#goz", "d/depo#k", "d/depo#goz-2");
        Ids(page.Replace("<h2>Göz</h2><p>bir", "<h2>Yeni</h2><p>sıfır</p><h2>Göz</h2><p>bir", StringComparison.Ordinal))
            .Should()
            .Contain(before);

        static string[] Ids(string html) =>
            [
                .. new Chunker(ErpDocumentation.Tokenizer.Value)
                    .Split(DocumentationReader.Parse("d/depo.html", html))
                    .Select(chunk => chunk.ChunkId),
            ];
    }

    [Fact]
    public void Each_part_of_a_long_table_begins_with_the_headings_of_section_and_table()
    {
        var rows = string.Concat(
            Enumerable.Range(1, 60).Select(i => FormattableString.Invariant($"<tr><td>{i}</td><td>{i * 37} kg çözgü</td></tr>")));
        var chunks = new Chunker(ErpDocumentation.Tokenizer.Value, maxTokens: 150).Split(
            DocumentationReader.Parse(
                "a.html", $"<main><h2>Ağırlık</h2><table><tr><th>No</th><th>Değer</th></tr>{rows}</table></main>"));
        chunks.Should().HaveCountGreaterThan(4);
        chunks
            .Skip(1)
            .Should()
            .OnlyContain(chunk =>
                chunk.Text.StartsWith("## Ağırlık\n\n| No | Değer |\n| --- | --- |\n| ", StringComparison.Ordinal)
                && chunk.Overlap == "## Ağırlık\n\n| No | Değer |\n| --- | --- |\n".Length);
        chunks
            .Select(chunk => chunk.ChunkId)
            .Should()
            .Equal(
                Enumerable
                    .Range(1, chunks.Count)
                    .Select(i => i == 1 ? "a#agirlik" : FormattableString.Invariant($"a#agirlik.{i}")));
        chunks
            .SelectMany(chunk =>
                chunk.Text[chunk.Overlap..].Split('\n').Where(line => line.Contains("çözgü", StringComparison.Ordinal)))
            .Should()
            .HaveCount(60)
            .And.OnlyHaveUniqueItems();
    }

    [Fact]
    public void A_file_of_chunks_says_what_was_written_with_letters_as_they_are()
    {
        using var here = new TurkishLlm.Tests.Unit.Cli.TestWorkspace();
        ChunkFile.Write(here / "chunks.jsonl", ErpDocumentation.Chunks.All);
        File.ReadAllText(here / "chunks.jsonl")
            .Should()
            .Contain("\"section_heading\":\"Hareket türleri\"")
            .And.NotContain("\\u0");
        ChunkFile
            .Read(here / "chunks.jsonl")
            .Select(JsonText.Serialize)
            .Should()
            .Equal(ErpDocumentation.Chunks.All.Select(JsonText.Serialize));

        File.AppendAllText(here / "chunks.jsonl", "{\"chunk_id\":3}\n");
        FluentActions
            .Invoking(() => ChunkFile.Read(here / "chunks.jsonl"))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage($"{here / "chunks.jsonl"}:216: *");
    }

    [Fact]
    public void Refuses_a_budget_without_room() =>
        FluentActions
            .Invoking(() => new Chunker(ErpDocumentation.Tokenizer.Value, 3))
            .Should()
            .Throw<InvalidDataException>()
        .WithMessage("The maximum of 3 tokens per chunk is too small; it must be at least 16, such as 512.");
}
