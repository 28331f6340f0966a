using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Data.Retrieval;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Building;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Synthesis.Verdicts;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Synthesis;

[Trait("Suite", "Fast")]
public sealed class SftBuilderTests
{
    [Fact]
    public void A_row_names_its_passages_and_cites_the_one_that_answers()
    {
        Chunk[] chunks = [.. Enumerable.Range(0, 6).Select(i => TestChunk.Create("tr/depo/a.html", i, 50, 100 * i))];
        var group = Group("r02/a", chunks);
        var row = Build(chunks, [Pair("r02/a:1", group, [chunks[3]])], new(2048, Passages: 3)).Rag[false].Single();
        // Only one passage shares a word with the question.
        row.Context.Should().Equal($"[1] {chunks[3].Text}");
        (row.System, row.Question, row.Answer, row.Id, row.Source, row.ContextIds).Should().Be((
            SftBuilder.RagSystem, TestChunk.Question(3), TestChunk.Fact(3) + " [1]", "r02/a:1", chunks[3].ChunkId,
            chunks[3].ChunkId));
    }

    [Fact]
    public void A_long_question_leaves_less_room_for_passages_and_stays_whole()
    {
        Chunk[] chunks = [.. Enumerable.Range(0, 3).Select(i => TestChunk.Create("tr/depo/a.html", i, 100, 100 * i))];
        var group = Group("r02/a", chunks);
        var long_ = string.Join(' ', Enumerable.Repeat("depo rafı nerede durur", 24));
        ReviewedPair[] pairs = [.. chunks.Select((chunk, i) => Ask(Pair($"r02/a:{i}", group, [chunk]), i == 1 ? long_ : ""))];
        var rows = Build(chunks, pairs, new(ContextLength: 512, Passages: 3, AnswerTokens: 64));
        rows.Rag[false].Select(row => row.Context.Count).Should().Equal(2, 1, 2);
        rows.Rag[false].ElementAt(1).Question.Should().Contain(long_);

        static ReviewedPair Ask(ReviewedPair pair, string more) => pair with
        {
            Pair = pair.Pair with
            {
                Turns = [pair.Pair.Turns[0] with { Question = $"Raf: {more} {pair.Pair.Turns[0].Question}" }],
            },
        };
    }

    [Fact]
    public void Passages_of_other_pages_than_the_chunks_are_refused()
    {
        Chunk[] chunks = [TestChunk.Create(1), TestChunk.Create(2)];
        var act = () => new SftBuilder(new(chunks), [chunks[0], chunks[1] with { Length = 5 }], Tokenizer, new());
        act.Should().Throw<InvalidDataException>().WithMessage(
            "The page tr/depo/raf2.html of the documentation is missing or has changed since it was split into chunks. Split it "
                + "again with `turkishllm synth chunk`, or name the documentation that the chunks are from with --docs.");
    }

    [Fact]
    public void Pairs_without_a_context_row_are_counted_by_reason_and_conversations_keep_all_turns()
    {
        Chunk[] chunks = [.. Enumerable.Range(0, 4).Select(i => TestChunk.Create("tr/depo/a.html", i, 60, 100 * i))];
        var group = Group("r02/a", chunks);
        ReviewedPair[] pairs =
        [
            Pair("r02/a:1", group, [chunks[0]]), AnswerBoth(Pair("r02/a:2", group, [chunks[0], chunks[1]]), 1),
            AnswerBoth(Pair("r02/a:3", group, [chunks[1], chunks[2]]), 2), Pair("r02/a:4", group, chunks[..3], turns: 3),
            Pair("r02/a:5", group, chunks[1..], turns: 3), Pair("r02/a:6", group, chunks[2..], turns: 2),
        ];
        var rows = Build(chunks, pairs, new(2048, Passages: 1));
        rows.Rag[false].Select(row => row.Id).Should().Equal("r02/a:1");
        rows.Excluded.Should().BeEquivalentTo(new Dictionary<string, int>
        {
            ["its passages do not fit into the context"] = 2,
            ["conversations have no context row"] = 3,
        });
        rows.Chat[false].Select(row => row.Messages.Count).Should().Equal(3, 3, 3, 7, 7, 5);
        rows.Chat[false].ElementAt(3).Messages.Select(message => (message.Role, message.Content)).Skip(1).Should().Equal(
            pairs[3].Pair.Turns.SelectMany(turn => new[] { ("user", turn.Question), ("assistant", turn.Answer) }));
        rows.Chat[false].First().Messages[0].Content.Should().StartWith("Sen Telbis sisteminin yapay zekâ asistanısın.");

        static ReviewedPair AnswerBoth(ReviewedPair pair, int second) => pair with
        {
            Pair = pair.Pair with
            {
                Turns = [pair.Pair.Turns[0] with { Answer = $"{pair.Pair.Turns[0].Answer} {TestChunk.Fact(second)}" }],
            },
        };
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
        var rows = Build(chunks, pairs, new(1000, Passages: 1), refusalShare: 0.5);
        var refusals = rows.Rag[false].Where(row => row.Answer == SftBuilder.Refusal).ToArray();
        (refusals.Length, rows.Refusals).Should().Be((12, 12));
        foreach (var row in refusals)
        {
            var shown = all[row.ContextIds];
            var own = rows.Rag[false].Single(answered => row.Id == answered.Id + ":refusal");
            (row.Question, row.Context.Single(), row.Source).Should().Be((own.Question, $"[1] {shown.Text}", ""));
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
        RagRow Rag(string id) => new("s", ["c ığ"], "q", "a", id, "kaynak", "kaynak");
        ChatRow Chat(string text) => new([new("user", text)]);
        var rows = new SftRows(
            new[] { (false, Chat("1")), (false, Chat("2")), (false, Chat("3")), (true, Chat("4")) }
                .ToLookup(row => row.Item1, row => row.Item2),
            new[] { (false, Rag("5")), (false, Rag("6")), (true, Rag("7")) }.ToLookup(row => row.Item1, row => row.Item2),
            6, 9, new Dictionary<string, int> { ["neden"] = 8 });
        var pair = Pair("r01/a:1", Group("r01/a", [TestChunk.Create(1)]), [TestChunk.Create(1)]);
        var review = new Review(
            [pair, pair, pair, pair, pair],
            [
                new("a", RejectionReason.NearDuplicate, "e", "{}"), new("b", RejectionReason.NearDuplicate, "e", "{}"),
                new("c", RejectionReason.Judge, "e", "{}"),
            ],
            []);
        var options = new SftBuildOptions { ValidationShare = 0.25, RefusalShare = 0.125, Budget = new(77, 4, 11) };
        var manifest = SftFolder.Write(folder.Path, rows, review, options);

        string[] Lines(string name) => File.ReadAllLines(folder / name);
        Lines("v1/train.jsonl").Should().HaveCount(3);
        Lines("v1/validation.jsonl").Should().Equal("{\"messages\":[{\"role\":\"user\",\"content\":\"4\"}]}");
        Lines("v2/train.jsonl").Should().HaveCount(2).And.OnlyContain(line => line.Contains("ığ"));
        Lines("v2/validation.jsonl").Single().Should().Contain("\"id\":\"7\"");
        Lines("rejected.jsonl").Select(line => JsonText.Deserialize<Rejection>(line, "rejected").Id)
            .Should().Equal("a", "b", "c");
        (manifest.ValidationShare, manifest.RefusalShare, manifest.Accepted, manifest.Refusals, manifest.Retrieved)
            .Should().Be((0.25, 0.125, 5, 6, 9));
        (manifest.ContextLength, manifest.Passages, manifest.AnswerTokens).Should().Be((77, 4, 11));
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

    private static Tokenizer Tokenizer { get; } = Tokenizer.Load(Path.Combine(Repository.Root, "fixtures", "tokenizer"));

    private static SftRows Build(
        IReadOnlyList<Chunk> chunks, IReadOnlyList<ReviewedPair> pairs, RetrievalBudget budget, double refusalShare = 0) =>
        new SftBuilder(new(chunks), chunks, Tokenizer, new()
        {
            ValidationShare = 0, RefusalShare = refusalShare, Budget = budget,
        }).Build(pairs);
}
