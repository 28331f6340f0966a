using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Building;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Synthesis.Verdicts;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Synthesis;

[Trait("Suite", "Fast")]
public sealed class SftBuilderTests
{
    [Fact]
    public void A_context_has_its_sources_and_what_fits_of_the_group_in_reading_order()
    {
        Chunk[] chunks =
        [
            TestChunk.Create("tr/depo/a.html", 0, tokens: 50, offset: 0),
            TestChunk.Create("tr/depo/a.html", 1, tokens: 100, offset: 100),
            TestChunk.Create("tr/depo/a.html", 2, tokens: 30, offset: 200),
            TestChunk.Create("tr/depo/a.html", 3, tokens: 40, offset: 300),
            TestChunk.Create("tr/depo/a.html", 4, tokens: 20, offset: 400),
            TestChunk.Create("tr/depo/a.html", 5, tokens: 1, offset: 500),
        ];
        var group = Group("r02/a", [chunks[1], chunks[3], chunks[0], chunks[4], chunks[2]]);
        var row = Build(chunks, [group], [Pair("r02/a:1", group, [chunks[3]])], contextTokens: 130).Rag[false].Single();
        // 40 of the source and 50, then 20 more; 100 and then 30 do not fit, and the last chunk is not in the group.
        row.Source.Split(' ').Should().Equal(chunks[0].ChunkId, chunks[3].ChunkId, chunks[4].ChunkId);
        row.Context.Should().Be($"{chunks[0].Text}\n\n{chunks[3].Text}\n\n{chunks[4].Text}");
        (row.System, row.Question, row.Answer, row.Id)
            .Should()
            .Be((SftBuilder.RagSystem, TestChunk.Question(3), TestChunk.Fact(3), "r02/a:1"));
    }

    [Fact]
    public void Pairs_without_a_context_row_are_counted_by_reason_and_conversations_keep_all_turns()
    {
        Chunk[] chunks = [.. Enumerable.Range(0, 4).Select(i => TestChunk.Create("tr/depo/a.html", i, 60, 100 * i))];
        var group = Group("r02/a", chunks);
        ReviewedPair[] pairs =
        [
            Pair("r02/a:1", group, [chunks[0]]), Pair("r02/a:2", group, [chunks[0], chunks[1]]),
            Pair("r02/a:3", group, [chunks[1], chunks[2]]), Pair("r02/a:4", group, chunks[..3], turns: 3),
            Pair("r02/a:5", group, chunks[1..], turns: 3), Pair("r02/a:6", group, chunks[2..], turns: 2),
        ];
        var rows = Build(chunks, [group], pairs, contextTokens: 100);
        rows.Rag[false].Select(row => row.Id).Should().Equal("r02/a:1");
        rows.Excluded.Should().BeEquivalentTo(new Dictionary<string, int>
        {
            ["its chunks do not fit into the context"] = 2,
            ["conversations have no context row"] = 3,
        });
        rows.Chat[false].Select(row => row.Messages.Count).Should().Equal(3, 3, 3, 7, 7, 5);
        rows.Chat[false].ElementAt(3).Messages.Select(message => (message.Role, message.Content)).Skip(1).Should().Equal(
            pairs[3].Pair.Turns.SelectMany(turn => new[] { ("user", turn.Question), ("assistant", turn.Answer) }));
        rows.Chat[false].First().Messages[0].Content.Should().StartWith("Sen Telbis sisteminin yapay zekâ asistanısın.");
    }

    [Fact]
    public void A_refusal_shows_a_chunk_of_another_document_in_the_same_language_that_fits()
    {
        // Most chunks have no answer: others of the same document, English ones, and long ones.
        var chunks = Enumerable.Range(0, 12).SelectMany(i => (Chunk[])
        [
            TestChunk.Create(FormattableString.Invariant($"tr/depo/raf{i % 3}.html"), i, offset: 100 * i),
            TestChunk.Create(FormattableString.Invariant($"tr/depo/raf{i % 3}.html"), 20 + i, offset: 100 * i + 50),
            TestChunk.Create(40 + i, "en"), TestChunk.Create(60 + i, tokens: 500),
        ]).ToArray();
        var all = new ChunkSet(chunks);
        ChunkGroup[] groups = [.. Enumerable.Range(0, 12).Select(i => Group(chunks[4 * i].ChunkId, [chunks[4 * i]]))];
        var pairs = groups.Select((group, i) => Pair($"{group.Id}:1", group, [chunks[4 * i]])).ToArray();
        var rows = Build(chunks, groups, pairs, contextTokens: 100, refusalShare: 0.5);
        var refusals = rows.Rag[false].Where(row => row.Answer == SftBuilder.Refusal).ToArray();
        (refusals.Length, rows.Refusals).Should().Be((12, 12));
        foreach (var row in refusals)
        {
            var shown = all[row.Source];
            var own = rows.Rag[false].Single(answered => row.Id == answered.Id + ":refusal");
            (row.Question, row.Context).Should().Be((own.Question, shown.Text));
            (shown.Language, shown.TokenCount).Should().Be(("tr", 30));
            shown.Document.Should().NotBe(all[own.Source].Document);
        }
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.3)]
    [InlineData(0.8)]
    public void A_document_is_in_validation_by_its_hash_alone(double share)
    {
        string[] documents = [.. Enumerable.Range(0, 300).Select(i => FormattableString.Invariant($"tr/depo/ığ{i}.html"))];
        var split = new DocumentSplit(documents, share);
        documents.Where(split.IsValidation).Should().Equal(documents.Where(document =>
            BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(document))) / Math.Pow(2, 64) < share));
        var fewer = new DocumentSplit(documents[..150], share);
        documents[..150].Where(fewer.IsValidation).Should().Equal(documents[..150].Where(split.IsValidation));
    }

    [Theory]
    [InlineData(0, 5, 0)]
    [InlineData(1e-9, 5, 1)]
    [InlineData(0.999999999, 5, 4)]
    [InlineData(0.5, 1, -1)]
    public void Neither_split_is_empty_unless_that_is_wanted(double share, int count, int validation)
    {
        string[] documents = [.. Enumerable.Range(0, count).Select(i => FormattableString.Invariant($"tr/depo/ığ{i}.html"))];
        var split = new DocumentSplit(documents, share);
        var inValidation = documents.Count(split.IsValidation);
        if (validation >= 0) inValidation.Should().Be(validation);
        var chunks = documents.Select((document, i) => TestChunk.Create(document, i)).ToArray();
        split.FindSplit(chunks).Should().Be(inValidation == 0 ? false : inValidation == count ? true : null);
    }

    [Fact]
    public void The_folder_has_every_row_in_its_file_and_the_manifest_counts_them()
    {
        using var folder = new TemporaryFolder();
        RagRow Rag(string id) => new("s", "c ığ", "q", "a", id, "kaynak");
        ChatRow Chat(string text) => new([new("user", text)]);
        var rows = new SftRows(
            new[] { (false, Chat("1")), (false, Chat("2")), (false, Chat("3")), (true, Chat("4")) }
                .ToLookup(row => row.Item1, row => row.Item2),
            new[] { (false, Rag("5")), (false, Rag("6")), (true, Rag("7")) }.ToLookup(row => row.Item1, row => row.Item2),
            6, new Dictionary<string, int> { ["neden"] = 8 });
        var pair = Pair("r01/a:1", Group("r01/a", [TestChunk.Create(1)]), [TestChunk.Create(1)]);
        var review = new Review(
            [pair, pair, pair, pair, pair],
            [
                new("a", RejectionReason.NearDuplicate, "e", "{}"), new("b", RejectionReason.NearDuplicate, "e", "{}"),
                new("c", RejectionReason.Judge, "e", "{}"),
            ],
            []);
        var options = new SftBuildOptions { ValidationShare = 0.25, RefusalShare = 0.125, ContextTokens = 77 };
        var manifest = SftFolder.Write(folder.Path, rows, review, options);

        string[] Lines(string name) => File.ReadAllLines(folder / name);
        Lines("v1/train.jsonl").Should().HaveCount(3);
        Lines("v1/validation.jsonl").Should().Equal("{\"messages\":[{\"role\":\"user\",\"content\":\"4\"}]}");
        Lines("v2/train.jsonl").Should().HaveCount(2).And.OnlyContain(line => line.Contains("ığ"));
        Lines("v2/validation.jsonl").Single().Should().Contain("\"id\":\"7\"");
        Lines("rejected.jsonl").Select(line => JsonText.Deserialize<Rejection>(line, "rejected").Id)
            .Should().Equal("a", "b", "c");
        (manifest.ValidationShare, manifest.RefusalShare, manifest.ContextTokens, manifest.Accepted, manifest.Refusals)
            .Should().Be((0.25, 0.125, 77, 5, 6));
        manifest.Rejected.Should().Equal(new Dictionary<string, int> { ["judge"] = 1, ["near_duplicate"] = 2 });
        manifest.Excluded.Should().Equal(new Dictionary<string, int> { ["neden"] = 8 });
        manifest.Files.Should().Equal(new[]
        {
            ("v1/train.jsonl", 3), ("v1/validation.jsonl", 1), ("v2/train.jsonl", 2), ("v2/validation.jsonl", 1),
            ("rejected.jsonl", 3),
        }.Select(file => new SftFile(
            file.Item1, file.Item2, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(folder / file.Item1))))));
        using var written = JsonDocument.Parse(File.ReadAllText(folder / "manifest.json"));
        written.RootElement.GetProperty("refusals").GetInt32().Should().Be(6);
        written.RootElement.GetProperty("files").GetArrayLength().Should().Be(5);
    }

    private static ChunkGroup Group(string id, IReadOnlyList<Chunk> chunks) =>
        new(id, 2, "Başlık", "tr", [.. chunks.Select(chunk => chunk.ChunkId)], chunks.Sum(chunk => chunk.TokenCount));

    private static ReviewedPair Pair(string id, ChunkGroup group, Chunk[] sources, int turns = 1)
    {
        int Number(Chunk chunk) => int.Parse(chunk.ChunkId.Split("#b")[1], System.Globalization.CultureInfo.InvariantCulture);
        QaTurn[] all =
        [
            .. Enumerable.Range(0, turns).Select(i => Number(sources[i]))
                .Select(number => new QaTurn(TestChunk.Question(number), TestChunk.Fact(number))),
        ];
        string[] ids = [.. sources.Select(chunk => chunk.ChunkId)];
        return new(new(id, group.Id, QuestionType.Factual, Difficulty.Easy, all, ids), 2, "m", [], ids);
    }

    private static SftRows Build(
        IReadOnlyList<Chunk> chunks, IReadOnlyList<ChunkGroup> groups, IReadOnlyList<ReviewedPair> pairs, int contextTokens,
        double refusalShare = 0) =>
        new SftBuilder(new(chunks), groups, new()
        {
            ValidationShare = 0, RefusalShare = refusalShare, ContextTokens = contextTokens,
        }).Build(pairs);
}
