using System.Text.Json;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Data;

/// <summary>Fits a conversation into the longest length allowed.</summary>
public delegate TruncationResult FitExample(Conversation conversation, SftOptions options);

/// <summary>Splits examples into training and held-out ones, by index.</summary>
public delegate (IReadOnlyList<int> Train, IReadOnlyList<int> HeldOut) SplitHeldOut(
    IReadOnlyList<QuestionAnswer> examples, IReadOnlyList<QuestionAnswer> gold);

/// <summary>Examples that do not fit, and examples that must not be in both splits.</summary>
public static class SftDatasetSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Sft17_CutContext, Sft23_LongAnswers, Sft31_Apart, Sft32_RowsOfTheRun];

    /// <summary>Truncates a conversation with context to fit.</summary>
    public static readonly Requirement<TruncationCase, FitExample> Sft17_CutContext = new()
    {
        Id = "SFT-17",
        Statement = "An example that is too long loses the middle of its context; its question, its whole answer and the end of "
            + "the turn stay, and an example that fits is not cut.",
        Source = "BUG-SFT-17: trl #3927, torchtune #1689: truncation takes the answer, or the end of its turn",
        CanonicalCases =
        [
            new(MissingTokens: 0), new(MissingTokens: 1), new(MissingTokens: 2), new(MissingTokens: 60),
            new(MissingTokens: 60, ExcessLengthStrategy.Truncate),
        ],
        Subject = (_, at) =>
            (conversation, options) =>
                TruncationResult.Truncate(new ChatTemplate(at.Tokenizer), at.Tokenizer, conversation, options),
        Holds = (fit, c, at) =>
        {
            var (whole, options) = (new ChatTemplate(at.Tokenizer).Render(TruncationCase.Example), c.Options(at));
            var row = fit(TruncationCase.Example, options);
            if (row.Tokens is not { } tokens) return Verdict.That(false, "the example is dropped");
            var text = at.Tokenizer.Decode(tokens.Ids.Select(id => (int)id));
            var learned = at.Tokenizer.Decode(tokens.Ids.Where((_, i) => tokens.LossMask[i]).Select(id => (int)id));
            return Verdict.All(
                Verdict.AtMost(options.SequenceLength, tokens.Length, "places"),
                Verdict.AtLeast(options.SequenceLength - 12, tokens.Length, "positions, all but those at the cut"),
                Verdict.Equal($"{TruncationCase.Answer}<|eot_id|>", learned, "what is learned"),
                Verdict.That(
                    text.Contains($"user<|end_header_id|>\n\n{TruncationCase.Question}<|eot_id|>", StringComparison.Ordinal),
                    "the question is whole"),
                Verdict.That(
                    text.Contains("<|context|>Başta bakır", StringComparison.Ordinal)
                        && text.Contains("sonda çinko.<|eot_id|>", StringComparison.Ordinal),
                    "the context has its beginning and its end"),
                Verdict.Equal(
                    c.MissingTokens == 0 ? TruncatedPart.None : TruncatedPart.Context, row.Cut,
                    "number of tokens reported as cut"),
                Verdict.Equal(
                    c.MissingTokens == 0,
                    tokens.Ids.Count == whole.Ids.Count && tokens.Ids.Zip(whole.Ids).All(pair => pair.First == pair.Second),
                    "nothing is cut"));
        },
        Impostors = new()
        {
            ["the end is cut, also an answer"] = Cut(
                (ids, marks, places) => (ids[..Math.Min(places - 1, ids.Length)], marks[..Math.Min(places - 1, marks.Length)])),
            ["the end is cut and an end of turn added"] = Cut(
                (ids, marks, places) => ([.. ids[..(places - 3)], SpecialTokens.EndOfTurn], [.. marks[..(places - 3)], true])),
            ["the beginning is cut"] = Cut(
                (ids, marks, places) => ([ids[0], .. ids[^(places - 1)..].Skip(1)], [false, .. marks[^(places - 1)..].Skip(1)])),
            ["the context is dropped"] = (_, at) => (conversation, options) => TruncationResult.Truncate(
                new ChatTemplate(at.Tokenizer),
                at.Tokenizer,
                new([.. conversation.Messages.Select(m => m.Role == ChatRole.User ? ChatMessage.User(m.Text) : m)]),
                options),
            ["what is too long is dropped, and what just fits too"] = (_, _) => (_, _) =>
                new(null, RowOutcome.AnswerTooLong, TruncatedPart.None),
            ["one position is unused"] = (_, at) =>
                (conversation, options) =>
                    TruncationResult.Truncate(
                        new ChatTemplate(at.Tokenizer), at.Tokenizer, conversation, options with
                        {
                            SequenceLength = options.SequenceLength - 32,
                        }),
        },
    };

    /// <summary>Truncates a conversation without context to fit.</summary>
    public static readonly Requirement<TruncationCase, FitExample> Sft23_LongAnswers = new()
    {
        Id = "SFT-23",
        Statement = "An answer that does not fit is dropped, or cut without the end of its turn, as the policy says; every "
            + "example that is kept has something to learn.",
        Source = "BUG-SFT-17: torchtune PR #1697, trl PR #6025: an end of turn after half a sentence teaches the model to stop "
            + "early; a row without a label counts as data",
        CanonicalCases =
        [
            new(MissingTokens: 4, ExcessLengthStrategy.Drop), new(MissingTokens: 1, ExcessLengthStrategy.Truncate),
            new(MissingTokens: 5, ExcessLengthStrategy.Truncate), new(MissingTokens: 400, ExcessLengthStrategy.Truncate),
        ],
        Subject = (_, at) =>
            (conversation, options) =>
                TruncationResult.Truncate(new ChatTemplate(at.Tokenizer), at.Tokenizer, conversation, options),
        Holds = (fit, c, at) =>
        {
            var whole = new ChatTemplate(at.Tokenizer).Render(TruncationCase.Plain);
            var (places, prompt) = (c.PlainOptions(at).SequenceLength, whole.LossMask.Index().First(mark => mark.Item).Index);
            var row = fit(TruncationCase.Plain, c.PlainOptions(at));
            if (c.Policy == ExcessLengthStrategy.Drop || places < prompt)
                return Verdict.That(row.Tokens is null, "the example is dropped");
            if (row.Tokens is not { } tokens)
                return Verdict.That(false, "the example is dropped, though a part of its answer fits");
            return Verdict.All(
                Verdict.SameElements([.. whole.Ids.Take(places + 1)], [.. tokens.Ids.Select(id => (int)id)], "tokens"),
                Verdict.SameElements([.. whole.LossMask.Take(places + 1)], [.. tokens.LossMask], "marks"),
                Verdict.AtLeast(1, tokens.SupervisedCount, "tokens that are learned"),
                Verdict.Equal(
                    0,
                    tokens.Ids.Index().Count(id => id.Item == SpecialTokens.EndOfTurn && tokens.LossMask[id.Index]),
                    "learned ends of a turn"));
        },
        Impostors = new()
        {
            ["an end of turn after the cut"] = Cut(
                (ids, marks, places) => ([.. ids[..(places - 1)], SpecialTokens.EndOfTurn], [.. marks[..(places - 1)], true])),
            ["a row with nothing to learn"] = Cut(
                (ids, marks, places) => (ids[..places], [.. marks[..places].Select(_ => false)])),
            ["the question is cut to make room"] = Cut(
                (ids, marks, places) => ([ids[0], .. ids[^(places - 1)..]], [false, .. marks[^(places - 1)..]])),
            ["cut if it should be dropped, dropped if it should be cut"] = (c, at) => (conversation, options) =>
                c.MissingTokens == 400
                ? new(new([0, 1], [false, false]), RowOutcome.Train, TruncatedPart.Answer)
                : TruncationResult.Truncate(
                    new ChatTemplate(at.Tokenizer), at.Tokenizer, conversation, options with
                    {
                        ExcessLength =
                            c.Policy == ExcessLengthStrategy.Truncate
                                ? ExcessLengthStrategy.Drop
                                : ExcessLengthStrategy.Truncate,
                    }),
        },
    };

    /// <summary>
    /// Splits examples: takes those of the source and of the gold file, returns the indices of training and held-out examples.
    /// </summary>
    public static readonly Requirement<HeldOutSplitCase, SplitHeldOut> Sft31_Apart = new()
    {
        Id = "SFT-31",
        Statement = "No held-out example shares its question and context, or its question and answer, with a training example; "
            + "no example of a gold file is in either split; no example occurs twice.",
        Source = "Course on fine-tuning, lessons 7 and 8: leakage between splits, gold sets",
        CanonicalCases = [new(Share: 0.1), new(Share: 0.4, GoldFiles: 2)],
        Subject = (c, at) => (rows, gold) =>
        {
            var folder = Directory.CreateTempSubdirectory("turkishllm-split-");
            try
            {
                var source = Path.Combine(folder.FullName, "rows.jsonl");
                Write(source, rows);
                var goldFiles = gold.Chunk((gold.Count + c.GoldFiles - 1) / c.GoldFiles).Select((part, i) =>
                {
                    var file = Path.Combine(folder.FullName, FormattableString.Invariant($"gold{i}.jsonl"));
                    if (i == 0) Write(file, part);
                    else WriteDecomposed(file, part);
                    return file;
                }).ToArray();
                var data = SftDataset.Open(
                    new ChatTemplate(at.Tokenizer), at.Tokenizer, new([new("rows", source)], SequenceLength: 4096)
                    {
                        GoldFiles = goldFiles,
                        ValidationShare = c.Share,
                        Seed = at.Seed,
                    });
                return (Lines(data.Train), Lines(data.Validation));
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        },
        Holds = (divide, c, _) =>
        {
            var (rows, gold) = (HeldOutSplitCase.Rows, HeldOutSplitCase.Gold);
            var (train, heldOut) = divide(rows, gold);
            var learned = train.Select(i => rows[i]).ToArray();
            var both = train.Concat(heldOut).Select(i => rows[i]).ToArray();
            return Verdict.All(
                Verdict.AtMost(
                    0,
                    heldOut.Count(i =>
                        learned.Any(row =>
                            row.HasSameQuestionAs(rows[i])
                            && (
                                row.NormalizedWords(p => p.Context) == rows[i].NormalizedWords(p => p.Context)
                                || row.NormalizedWords(p => p.Answer) == rows[i].NormalizedWords(p => p.Answer)))),
                    "held-out examples in training"),
                Verdict.AtMost(0, both.Count(row => gold.Any(row.HasSameQuestionAs)), "examples of the gold file"),
                Verdict.Equal(both.Length, both.Distinct().Count(), "different examples"),
                Verdict.Equal(HeldOutSplitCase.KeptRowCount, both.Length, "examples that are used"),
                Verdict.Between(
                    c.Share * HeldOutSplitCase.KeptRowCount * 0.8, c.Share * HeldOutSplitCase.KeptRowCount * 1.2 + 4,
                    heldOut.Count, "held-out examples"));
        },
        Impostors = new()
        {
            ["divided row by row"] = (c, at) => (rows, gold) => ByKey(TrainableRows(rows, gold), i => i, c, at),
            ["divided by the exact text of the question"] = (c, at) =>
                (rows, gold) =>
                    ByKey(
                        TrainableRows(rows, gold),
                        i => rows[i].Question.Aggregate(7L, (hash, c) => unchecked(hash * 31 + c)),
                        c, at),
            ["the gold file is compared with exact letters"] = (c, at) => (rows, gold) =>
                ByKey(DistinctNonGoldRows(rows, row => gold.Contains(row)), i => Group(rows, i), c, at),
            ["equal rows are kept"] = (c, at) =>
                (rows, gold) =>
                    ByKey(
                        [.. Enumerable.Range(0, rows.Count).Where(i => !gold.Any(rows[i].HasSameQuestionAs))],
                        i => Group(rows, i),
                        c, at),
            ["nothing is held out"] = (_, _) => (rows, gold) => (TrainableRows(rows, gold), []),
        },
    };

    /// <summary>Returns all examples of the run, or of built-in conversations if it has none.</summary>
    public static readonly Requirement<string, Func<IReadOnlyList<TokenizedExample>>> Sft32_RowsOfTheRun = new()
    {
        Id = "SFT-32",
        Statement = "Every training and held-out example of the run fits the sequence, has one begin-of-text token if its chat "
            + "template has it, only ids of the vocabulary, and something to learn; every answer in it follows a "
            + "header and ends with the end of its turn, or at the end of the sequence.",
        Source = "BUG-SFT-01, BUG-SFT-04, BUG-SFT-17, BUG-SFT-19, area BUG-NUM: checked on the last thing before the model, as "
            + "nanochat #570 was not",
        CanonicalCases = ["the run's"],
        Subject = (_, at) => () => Examples(at),
        Holds = (examples, _, at) =>
        {
            var all = examples();
            if (all.Count == 0) return Verdict.AtLeast(1, all.Count, "examples");
            var (begins, headers) = FindHeaders(at);
            return Verdict.All(
                Verdict.AtMost(SequenceLength(at), all.Max(e => e.Length), "positions of the longest"),
                Verdict.AtLeast(1, all.Min(e => e.SupervisedCount), "learned tokens of the shortest answer"),
                Verdict.AtMost(
                    0,
                    all.Count(e =>
                        (e.Ids[0] == SpecialTokens.BeginOfText ? 1 : 0) != begins
                        || e.Ids.Count(id => id == SpecialTokens.BeginOfText) != begins),
                    "examples without exactly one begin of text"),
                Verdict.AtMost(at.Tokenizer.VocabularySize - 1, all.Max(e => e.Ids.Max()), "largest id"),
                Verdict.AtMost(
                    0,
                    all.Count(e =>
                        AnswerStarts(e)
                            .Any(i => !headers.Any(header =>
                                header.SequenceEqual(e.Ids.Take(i).TakeLast(header.Length).Select(id => (int)id))))),
                    "examples with an answer that does not follow a header"),
                Verdict.AtMost(
                    0,
                    all.Count(e => AnswerEnds(e).Any(i => e.Ids[i] != SpecialTokens.EndOfTurn && i + 1 < e.Ids.Count)),
                    "examples with an answer without an end of turn"));
        },
        Impostors = new()
        {
            ["an example that begins the text twice"] = WithCorruptedExample(e => ([0, .. Ids(e)], [false, .. e.LossMask])),
            ["an example without an answer"] = WithCorruptedExample(e => (Ids(e), [.. e.LossMask.Select(_ => false)])),
            ["an example with a learned header"] = WithCorruptedExample(e =>
                (Ids(e), [.. e.LossMask.Select((mark, i) => mark || (i + 1 < e.LossMask.Count && i > 0 && e.LossMask[i + 1]))])),
            ["an example without an end of turn"] = WithCorruptedExample(e =>
                (Ids(e), [.. e.LossMask.Select((mark, i) => mark && e.Ids[i] != SpecialTokens.EndOfTurn)])),
            ["an example that is too long"] = (_, at) =>
                () =>
                    [
                        .. Examples(at),
                        new(
                            [0, .. Enumerable.Repeat(300, SequenceLength(at) + 1)],
                            [false, .. Enumerable.Repeat(true, SequenceLength(at) + 1)]),
                    ],
            ["an id that the vocabulary does not have"] = (_, at) => () =>
                [.. Examples(at), new([0, 4, at.Tokenizer.VocabularySize, 6], [false, false, false, true])],
            ["no example"] = (_, _) => () => [],
        },
    };

    // Number of begin-of-text tokens in the format of the plan, and what may precede an answer.
    private static (int Begins, int[][] Headers) FindHeaders(Conditions at) => at.Plan.ChatTemplate?.Name switch
    {
        "chatml" => (0, [[SpecialTokens.StartHeader, .. at.Tokenizer.EncodeToIds("assistant\n")]]),
        "gemma" => (1, [[SpecialTokens.StartHeader, .. at.Tokenizer.EncodeToIds("model\n")]]),
        "mistral" => (1, [[SpecialTokens.EndHeader], [SpecialTokens.EndOfTurn]]),
        _ => (1, [[SpecialTokens.EndHeader, .. at.Tokenizer.EncodeToIds("\n\n")]]),
    };

    private static IReadOnlyList<TokenizedExample> Examples(Conditions at)
    {
        var template = new ChatTemplate(at.Tokenizer, at.Plan.Sft?.System, at.Plan.ChatTemplate);
        if (at.Plan.Sft is { } sft)
        {
            var data = SftDataset.Open(template, at.Tokenizer, sft.ToOptions(at.Plan));
            return
            [
                .. data.Train.Concat(data.Validation).Where(example => !IsTokens(sft, example)).Select(example => example.Tokens),
            ];
        }
        return
        [
            .. new[] { "bir", "İki.", "üç\n3" }.Select(answer =>
                TruncationResult
                    .Truncate(
                        template, at.Tokenizer, new(ChatMessage.User("Kaç?"), ChatMessage.Assistant(answer)),
                        new([], SequenceLength(at)))
                    .Tokens!),
        ];
    }

    private static int SequenceLength(Conditions at) => at.Plan.Sft is null ? 64 : at.Plan.Training.SequenceLength;

    private static string GetFile(TurkishLlm.Plans.SftPlan sft, int source) =>
        source < sft.Sources.Count ? sft.Sources[source].Path : sft.Validation[source - sft.Sources.Count];

    // Tokens prepared elsewhere follow their own template.
    private static bool IsTokens(TurkishLlm.Plans.SftPlan sft, SftExample example) =>
        ConversationReader.DetectFormat(GetFile(sft, example.Source)) == ConversationFormat.Tokens;

    private static Func<string, Conditions, Func<IReadOnlyList<TokenizedExample>>> WithCorruptedExample(
        Func<TokenizedExample, (IReadOnlyList<int>, IReadOnlyList<bool>)> spoil) =>
        (_, at) =>
            () =>
    {
        var examples = Examples(at);
        var (ids, marks) = spoil(examples.MinBy(example => example.Length)!);
        return [.. examples, new(ids, marks)];
    };

    private static List<int> Ids(TokenizedExample example) => [.. example.Ids.Select(id => (int)id)];

    private static IEnumerable<int> AnswerStarts(TokenizedExample e) =>
        Enumerable.Range(1, e.Ids.Count - 1).Where(i => e.LossMask[i] && !e.LossMask[i - 1]);

    private static IEnumerable<int> AnswerEnds(TokenizedExample e) =>
        Enumerable.Range(1, e.Ids.Count - 1).Where(i => e.LossMask[i] && (i + 1 == e.Ids.Count || !e.LossMask[i + 1]));

    private static Func<TruncationCase, Conditions, FitExample> Cut(Func<int[], bool[], int, (int[], bool[])> cut) =>
        (_, at) =>
            (conversation, options) =>
    {
        var rendered = new ChatTemplate(at.Tokenizer).Render(conversation);
        var (ids, marks) = cut(
            [.. rendered.Ids],
            [.. rendered.LossMask],
            Math.Min(options.SequenceLength + 1, rendered.Ids.Count));
        return new(new(ids, marks), RowOutcome.Train, TruncatedPart.Answer);
    };

    private static void Write(string file, IReadOnlyList<QuestionAnswer> rows) => ConversationWriter.Write(
        file,
        rows.Select(row => new ConversationRow(file, 1)
        {
            Conversation = new(
                row.Context.Length == 0 ? ChatMessage.User(row.Question) : ChatMessage.User(row.Question, row.Context),
                ChatMessage.Assistant(row.Answer)),
        }),
        ConversationFormat.Pairs);

    private static void WriteDecomposed(string file, IReadOnlyList<QuestionAnswer> rows) => File.WriteAllLines(
        file,
        rows.Select(row => JsonSerializer.Serialize(new
        {
            question = TextRewrites.Decompose(row.Question), answer = TextRewrites.Decompose(row.Answer),
        })));

    private static int[] Lines(IReadOnlyList<SftExample> examples) =>
        [
            .. examples.Select(example =>
                int.Parse(
                    example.Location[(example.Location.LastIndexOf(':') + 1)..],
                    System.Globalization.CultureInfo.InvariantCulture) - 1),
        ];

    private static int[] TrainableRows(IReadOnlyList<QuestionAnswer> rows, IReadOnlyList<QuestionAnswer> gold) =>
        DistinctNonGoldRows(rows, row => gold.Any(row.HasSameQuestionAs));

    private static int[] DistinctNonGoldRows(IReadOnlyList<QuestionAnswer> rows, Func<QuestionAnswer, bool> isGold)
    {
        var seen = new HashSet<QuestionAnswer>();
        return [.. Enumerable.Range(0, rows.Count).Where(i => !isGold(rows[i]) && seen.Add(rows[i]))];
    }

    // Holds out all rows with the same key, with the same share as the real implementation.
    private static (IReadOnlyList<int>, IReadOnlyList<int>) ByKey(
        int[] rows, Func<int, long> key, HeldOutSplitCase c, Conditions at)
    {
        var (heldOut, wanted) = (new List<int>(), c.Share * rows.Length);
        foreach (var group in rows.GroupBy(key).OrderBy(group => CounterRandom.GetInt64(at.Seed, group.Key, 3, long.MaxValue)))
            if (heldOut.Count < wanted) heldOut.AddRange(group);
        return ([.. rows.Except(heldOut)], heldOut);
    }

    private static long Group(IReadOnlyList<QuestionAnswer> rows, int i) =>
        Enumerable.Range(0, rows.Count).First(j => rows[j].HasSameQuestionAs(rows[i]));
}

/// <summary>An example, and a sequence that is a number of tokens too short for it.</summary>
/// <param name="MissingTokens">Number of missing tokens; 0 is just long enough.</param>
/// <param name="Policy">Policy for it.</param>
public sealed record TruncationCase(int MissingTokens, ExcessLengthStrategy Policy = ExcessLengthStrategy.Drop)
{
    internal const string Question = "Üretimde hangi metaller işlenir?",
        Answer = "Bakır, alüminyum ve çinko işlenir; XLPE'nin yalıtımı ayrıdır.";

    private static readonly string Context =
        "Başta bakır filmaşin ölçülür. "
        + $"{string.Concat(Enumerable.Range(1, 40).Select(i => $"Depo {i} doludur. "))}En sonda çinko.";

    internal static Conversation Example => new(ChatMessage.User(Question, Context), ChatMessage.Assistant(Answer));

    internal static Conversation Plain => new(ChatMessage.User(Question), ChatMessage.Assistant(Answer));

    internal SftOptions Options(Conditions at) => OptionsFor(Example, at);

    internal SftOptions PlainOptions(Conditions at) => OptionsFor(Plain, at);

    private SftOptions OptionsFor(Conversation conversation, Conditions at) =>
        new([], Math.Max(4, new ChatTemplate(at.Tokenizer).Render(conversation).Ids.Count - 1 - MissingTokens))
        {
            ExcessLength = Policy,
        };
}

/// <summary>A question, its context and the answer.</summary>
/// <param name="Question">The question.</param>
/// <param name="Context">The context; may be empty.</param>
/// <param name="Answer">The answer.</param>
public sealed record QuestionAnswer(string Question, string Context, string Answer)
{
    internal bool HasSameQuestionAs(QuestionAnswer other) =>
        NormalizedWords(pair => pair.Question) == other.NormalizedWords(pair => pair.Question);

    internal string NormalizedWords(Func<QuestionAnswer, string> of) =>
        string.Join(
            ' ',
            TurkishCase.ToLower(of(this)).Split([' ', '.', ',', '?', '!', '\n'], StringSplitOptions.RemoveEmptyEntries));
}

/// <summary>A share to hold out of examples that repeat one another in all ways.</summary>
/// <param name="Share">The share.</param>
/// <param name="GoldFiles">Number of gold files; those after the first are in decomposed form.</param>
public sealed record HeldOutSplitCase(double Share, int GoldFiles = 1)
{
    // Every question once unchanged, once with other letter case and spacing, once with another context; then a repeated row.
    internal static IReadOnlyList<QuestionAnswer> Rows { get; } =
    [
        .. Enumerable.Range(0, 40).SelectMany(i => new[]
        {
            new QuestionAnswer($"İş emri {i} nedir?", $"İş emri {i} üretimdedir.", $"Makara {i} için açılan kayıt."),
            new QuestionAnswer($"iş emri  {i} NEDİR", $"İş emri {i} üretimdedir.", $"{i} numaralı kayıttır."),
            new QuestionAnswer(
                $"İş emri {i} nedir?", $"Depo {i} doludur. İş emri {i} üretimdedir.", $"Makara {i} için açılan kayıt."),
            new QuestionAnswer($"İş emri {i} nedir?", $"İş emri {i} üretimdedir.", $"Makara {i} için açılan kayıt."),
        }),
    ];

    internal static IReadOnlyList<QuestionAnswer> Gold { get; } =
    [.. Enumerable.Range(0, 3).Select(i => new QuestionAnswer($"İŞ EMRİ {i}, nedir", "", $"makara {i} için açılan kayıt"))];

    /// <summary>Rows without repetitions and without those of the gold file.</summary>
    internal const int KeptRowCount = 37 * 3;
}
