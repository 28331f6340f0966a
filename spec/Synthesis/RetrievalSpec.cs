using TurkishLlm.Data.FineTuning;
using TurkishLlm.Data.Retrieval;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Building;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Verdicts;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Synthesis;

/// <summary>Ranks passages for a question.</summary>
public delegate IReadOnlyList<SearchHit> RankPassages(IReadOnlyList<SearchText> passages, string question);

/// <summary>A row, and the text that training learns from it.</summary>
/// <param name="Row">The row.</param>
/// <param name="Learned">The learned tokens, decoded.</param>
public sealed record LearnedRow(RagRow Row, string Learned);

/// <summary>Passages with headings, and questions.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Passages">The passages.</param>
/// <param name="Questions">The questions.</param>
public sealed record SearchCase(string Name, IReadOnlyList<SearchText> Passages, IReadOnlyList<string> Questions)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Pairs, and the passages that a model can read with a question.</summary>
/// <param name="Pairs">The pairs.</param>
/// <param name="Passages">Maximum number of passages.</param>
public sealed record RetrievedRowCase(QaPairCase Pairs, int Passages)
{
    internal RetrievalBudget Budget => new(ContextLength: 1024, Passages);

    // All passages share words with these questions, so that the best are a choice.
    internal IReadOnlyList<ReviewedPair> Ask(long seed) =>
    [
        .. Pairs.Pairs(seed).Select(pair => pair with
        {
            Pair = pair.Pair with
            {
                Turns =
                [
                    new(pair.Pair.Turns[0].Question.Replace("kaçtır", "değeri kaç olarak ölçüldü", StringComparison.Ordinal),
                        pair.Pair.Turns[0].Answer),
                ],
            },
        }),
    ];
}

/// <summary>Search, and the contexts of training rows.</summary>
public static class RetrievalSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [RET01_Scores, RET02_Contexts, RET03_Citations];

    /// <summary>RET-01.</summary>
    public static readonly Requirement<SearchCase, RankPassages> RET01_Scores = new()
    {
        Id = "RET-01",
        Statement = "Every passage that shares a term with the question has its BM25 score, with headings counting three times, "
            + "and passages are ordered by score, then by index.",
        Source = "Robertson and Zaragoza 2009, sections 3 and 3.6; Can et al. 2008, stemmer F5",
        CanonicalCases =
        [
            new(
                "long words, repeated words, headings and codes",
                [
                    new("Siparişler onaylandıktan sonra üretim emri açılır.", "Satış > Sipariş onaylama"),
                    new("Siparişin onaylanması için bölüm yöneticisi gerekir; sipariş siparişle kapanır.", "Satış"),
                    new("D50 deposunda temiz bakır firesi tutulur.", "Üretim > Fire"),
                    new("D5 deposu boştur. D50 ile karıştırılmamalıdır, çünkü depo numaraları birbirine benzer.", "Stok"),
                    new("ureticiler ve üreticilerin ÜRETİCİLERİ", "Üretim"),
                    new("Bakır bakır bakır.", ""),
                ],
                ["Siparişlerin onaylanması nasıl yapılır?", "bakır firesi D50 D50 bakır", "üreticilerle", "Satış sipariş"]),
            new(
                "a long passage among short ones",
                [
                    new(
                        "İş emri 2024-15 kapatıldı. " + string.Concat(Enumerable.Repeat("İş emirleri bekletilir. ", 9)),
                        "Planlama"),
                    new("Emir kapatıldıktan sonra değiştirilemez; 2031 kütüğü ve D70 rafı boştur.", "Planlama > Kapatma"),
                    new("Kapatılan emirlerin kaydı 2024-15 dosyasındadır; D7 rafında bir kopyası vardır.", "Arşiv"),
                ],
                ["Kapatılan iş emri 2024-15 nerede?", "emirlerin kutugu kapatma kapatma", "Planlama arşivi D7"]),
        ],
        Subject = (_, _) => (passages, question) => new Bm25Index(passages).Search(question, passages.Count),
        Holds = (rank, c, _) => Verdict.All(c.Questions.Select(question =>
        {
            var (found, expected) = (rank(c.Passages, question), new SearchOracle().Search(c.Passages, question));
            return Verdict.All(
                Verdict.SameElements(
                    [.. expected.Select(hit => hit.Passage)], [.. found.Select(hit => hit.Passage)], $"order for {question}"),
                Verdict.AtMost(
                    1e-12,
                    expected.Max(hit => Math.Abs(hit.Score - found.FirstOrDefault(other => other.Passage == hit.Passage).Score)),
                    $"difference of a score for {question}"));
        })),
        Impostors = new()
        {
            ["headings are not searched"] = Searching(new() { HeadingWeight = 0 }),
            ["headings count once"] = Searching(new() { HeadingWeight = 1 }),
            ["the length does not count"] = Searching(new() { B = 0 }),
            ["frequencies do not saturate"] = Searching(new() { K1 = 12 }),
            ["rare terms count as much as frequent ones"] = Searching(new() { IgnoresRarity = true }),
            ["a repeated word of the question counts twice"] = Searching(new() { CountsRepetitions = true }),
            ["whole words"] = Searching(new() { GetTerms = word => [SearchOracle.Fold(word)] }),
            ["stems of five letters only"] = Searching(new() { GetTerms = word => [SearchTerms.GetTerm(word)] }),
            ["codes are shortened"] = Searching(new()
            {
                GetTerms = word => word.Any(char.IsDigit) ? [word[..2]] : SearchOracle.GetStemAndPrefix(word),
            }),
            ["diacritics are kept"] = Searching(new()
            {
                GetTerms = word => word.Length <= 5 ? [word] : [word[..5], $"{word[..Math.Min(8, word.Length)]}$"],
            }),
        },
    };

    /// <summary>RET-02.</summary>
    public static readonly Requirement<RetrievedRowCase, Func<IReadOnlyList<ReviewedPair>, IReadOnlyList<RagRow>>>
        RET02_Contexts = new()
    {
        Id = "RET-02",
        Statement = "The context of an answered row has the passages that chat shows for its question: the best matches that "
            + "fit, whole, numbered from 1, in the order of the documentation. Supporting passages that are not among them take "
            + "the places of the worst. The place of the first supporting passage differs between rows.",
        Source = "Reference report on fine-tuning, sections 12 and 13; reference report on the model, section 15",
        CanonicalCases = [new(new(12, 0, 0.2), Passages: 3), new(new(20, 0, 0), Passages: 12)],
        Subject = (c, at) => pairs => Build(c, at, pairs),
        Holds = (build, c, at) =>
        {
            var (chunks, pairs) = (c.Pairs.Chunks(at.Seed), c.Ask(at.Seed));
            var answered = build(pairs).Where(row => row.Answer != SftBuilder.Refusal).ToArray();
            if (answered.Length != pairs.Count) return Verdict.Equal(pairs.Count, answered.Length, "answered rows");
            var supports = pairs.Select(pair => pair.Sources.Order().ToArray()).ToArray();
            var expected = pairs.Zip(supports)
                .Select(pair => ExpectContext(c, at, chunks, pair.First.Pair.Turns[0].Question, pair.Second))
                .ToArray();
            var places = answered.Zip(supports)
                .Select(row => Array.FindIndex(row.First.ContextIds.Split(' '), row.Second.Contains));
            return Verdict.All(
                Verdict.SameElements(
                    [.. expected.Select(ids => string.Join(' ', ids))], [.. answered.Select(row => row.ContextIds)], "passages"),
                Verdict.SameElements(
                    [
                        .. expected.Select(ids =>
                            string.Join('|', ids.Select((id, i) => Citation.Number(i + 1, chunks[id].Text)))),
                    ],
                    [.. answered.Select(row => string.Join('|', row.Context))], "contexts"),
                Verdict.SameElements(
                    [.. supports.Select(ids => string.Join(' ', ids))],
                    [.. answered.Select(row => string.Join(' ', row.Source.Split(' ').Order()))], "supporting passages"),
                Verdict.AtLeast(2, places.Distinct().Count(), "places of the first supporting passage"));
        },
        Impostors = new()
        {
            ["only the supporting passages"] = Showing((row, _) => row.Source.Split(' ')),
            ["supporting passages first"] = Showing((row, _) =>
                [.. row.Source.Split(' '), .. row.ContextIds.Split(' ').Except(row.Source.Split(' '))]),
            ["the best match last"] = Showing((row, chunks) =>
                [.. Rank(chunks, row.Question).Where(row.ContextIds.Split(' ').Contains).Reverse()]),
            ["other passages of the documentation"] = Showing((row, chunks) =>
            [
                .. row.Source.Split(' '),
                .. Rank(chunks, row.Question).Reverse().Take(row.Context.Count - row.Source.Split(' ').Length),
            ]),
            ["a passage less"] = Showing((row, _) => row.ContextIds.Split(' ')[..^1]),
            ["a passage more"] = Showing((row, chunks) =>
                [.. row.ContextIds.Split(' '), Rank(chunks, row.Question).Except(row.ContextIds.Split(' ')).First()]),
            ["without supporting passages that are not found"] = (c, at) => pairs =>
            {
                var chunks = c.Pairs.Chunks(at.Seed);
                return
                [
                    .. Build(c, at, pairs).Select(row => row.Answer == SftBuilder.Refusal
                        ? row
                        : Show(row, ExpectContext(c, at, chunks, row.Question, []), chunks)),
                ];
            },
            ["the last passage is cut in the middle"] = Changing(row => row with
            {
                Context = [.. row.Context.SkipLast(1), row.Context[^1][..(row.Context[^1].Length / 2)]],
            }),
            ["numbered from 0"] = Changing(row => row with
            {
                Context = [.. row.Context.Select((passage, i) => Citation.Number(i, passage[4..]))],
            }),
            ["not numbered"] = Changing(row => row with { Context = [.. row.Context.Select(passage => passage[4..])] }),
        },
    };

    /// <summary>RET-03.</summary>
    public static readonly Requirement<RetrievedRowCase, Func<IReadOnlyList<ReviewedPair>, IReadOnlyList<LearnedRow>>>
        RET03_Citations = new()
    {
        Id = "RET-03",
        Statement = "An answered row cites the numbers of its supporting passages after the answer, and no other; a refusal "
            + "cites nothing; training learns the answer with its citations and the end of the turn, and nothing of the context.",
        Source = "BUG-SFT-01; survey of fine-tuning, section on Command R: citations as part of the answer",
        CanonicalCases = [new(new(12, 0, 0.2), Passages: 3), new(new(8, 0.25, 0.3), Passages: 5)],
        Subject = (c, at) => pairs => Learn(Build(c, at, pairs), at),
        Holds = (build, c, at) =>
        {
            var pairs = c.Ask(at.Seed).ToDictionary(pair => pair.Pair.Id, StringComparer.Ordinal);
            var rows = build([.. pairs.Values]);
            var answered = rows.Where(row => pairs.ContainsKey(row.Row.Id)).ToArray();
            return Verdict.All(
                Verdict.AtLeast(1, rows.Count - answered.Length, "refusals"),
                Verdict.AtLeast(
                    2, answered.Count(row => row.Row.Source.Contains(' ', StringComparison.Ordinal)),
                    "rows with two supporting passages"),
                Verdict.SameElements(
                    [.. answered.Select(row => pairs[row.Row.Id].Pair.Turns[0].Answer + ExpectMarks(row.Row))],
                    [.. answered.Select(row => row.Row.Answer)], "answers"),
                Verdict.That(
                    rows.Except(answered).All(row => row.Row is { Answer: "Bu konuda bilgim yok.", Source: "" }), "refusals"),
                Verdict.SameElements(
                    [.. rows.Select(row => $"{row.Row.Answer}<|eot_id|>")], [.. rows.Select(row => row.Learned)],
                    "learned texts"));
        },
        Impostors = new()
        {
            ["the first passage is cited"] = Citing(row => [1]),
            ["every passage is cited"] = Citing(row => Enumerable.Range(1, row.Context.Count)),
            ["numbers from 0"] = Citing(row => Places(row).Select(place => place - 1)),
            ["the first supporting passage only"] = Citing(row => Places(row).Take(1)),
            ["nothing is cited"] = Citing(_ => []),
            ["refusals cite what they show"] = (c, at) => pairs => Learn(
                [
                    .. Build(c, at, pairs).Select(row => row.Source.Length > 0
                        ? row
                        : row with { Answer = Citation.Append(row.Answer, [1]) }),
                ],
                at),
            ["the context is learned"] = (c, at) => pairs =>
            [
                .. RET03_Citations!.Subject(c, at)(pairs)
                    .Select(row => row with { Learned = row.Row.Context[0] + row.Learned }),
            ],
            ["the citations are not learned"] = (c, at) => pairs =>
            [
                .. RET03_Citations!.Subject(c, at)(pairs)
                    .Select(row => row with { Learned = $"{Citation.Remove(row.Row.Answer)}<|eot_id|>" }),
            ],
        },
    };

    private static Func<SearchCase, Conditions, RankPassages> Searching(SearchOracle oracle) => (_, _) => oracle.Search;

    private static IReadOnlyList<RagRow> Build(RetrievedRowCase c, Conditions at, IReadOnlyList<ReviewedPair> pairs)
    {
        var chunks = c.Pairs.Chunks(at.Seed);
        var builder = new SftBuilder(
            chunks, chunks.All, at.Tokenizer,
            new() { ValidationShare = c.Pairs.ValidationShare, RefusalShare = c.Pairs.RefusalShare, Budget = c.Budget });
        return [.. builder.Build(pairs).Rag.SelectMany(side => side)];
    }

    // Chunks of the case have 40 tokens, and 7 of 8 fit, however many tokens a number has.
    private static string[] ExpectContext(
        RetrievedRowCase c, Conditions at, ChunkSet chunks, string question, IReadOnlyList<string> support)
    {
        var room = c.Budget.TotalTokens / (40 + at.Tokenizer.CountTokens("[99] ") + 2);
        string[] best = [.. Rank(chunks, question).Take(c.Passages)];
        var shown = best.Take(room);
        if (support.Except(shown).Any()) shown = support.Concat(best).Distinct().Take(Math.Min(room, c.Passages));
        return [.. chunks.Sort(shown.Select(id => chunks[id])).Select(chunk => chunk.ChunkId)];
    }

    private static IEnumerable<string> Rank(ChunkSet chunks, string question) =>
        new SearchOracle()
            .Search([.. chunks.All.Select(chunk => new SearchText(chunk.Text, chunk.Breadcrumb))], question)
            .Select(hit => chunks.All[hit.Passage].ChunkId);

    private static RagRow Show(RagRow row, IEnumerable<string> ids, ChunkSet chunks)
    {
        string[] shown = [.. ids];
        return row with
        {
            Context = [.. shown.Select((id, i) => Citation.Number(i + 1, chunks[id].Text))],
            ContextIds = string.Join(' ', shown),
        };
    }

    private static Func<RetrievedRowCase, Conditions, Func<IReadOnlyList<ReviewedPair>, IReadOnlyList<RagRow>>> Showing(
        Func<RagRow, ChunkSet, IEnumerable<string>> select) => (c, at) =>
        {
            var chunks = c.Pairs.Chunks(at.Seed);
            return Changing(row => Show(row, select(row, chunks), chunks))(c, at);
        };

    private static Func<RetrievedRowCase, Conditions, Func<IReadOnlyList<ReviewedPair>, IReadOnlyList<RagRow>>> Changing(
        Func<RagRow, RagRow> change) => (c, at) => pairs =>
            [.. Build(c, at, pairs).Select(row => row.Source.Length == 0 ? row : change(row))];

    private static Func<RetrievedRowCase, Conditions, Func<IReadOnlyList<ReviewedPair>, IReadOnlyList<LearnedRow>>> Citing(
        Func<RagRow, IEnumerable<int>> cite) => (c, at) => pairs => Learn(
            Changing(row => row with { Answer = Citation.Append(Citation.Remove(row.Answer), cite(row)) })(c, at)(pairs), at);

    private static IEnumerable<int> Places(RagRow row) =>
        row.Source.Split(' ').Select(id => Array.IndexOf(row.ContextIds.Split(' '), id) + 1).Order();

    private static string ExpectMarks(RagRow row) =>
        $" {string.Concat(Places(row).Select(place => FormattableString.Invariant($"[{place}]")))}";

    // Writes the rows to a file and reads them as a training run does.
    private static IReadOnlyList<LearnedRow> Learn(IReadOnlyList<RagRow> rows, Conditions at)
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-rag-");
        try
        {
            var file = Path.Combine(folder.FullName, "rows.jsonl");
            File.WriteAllLines(file, rows.Select(JsonText.Serialize));
            var data = SftDataset.Open(
                new ChatTemplate(at.Tokenizer), at.Tokenizer, new([new("rows", file)], SequenceLength: 4096)
                {
                    ValidationShare = 0,
                });
            return
            [
                .. rows.Zip(data.Train, (row, example) => new LearnedRow(row, at.Tokenizer.Decode(
                    example.Tokens.Ids.Where((_, i) => example.Tokens.LossMask[i]).Select(id => (int)id)))),
            ];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
