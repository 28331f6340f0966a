using TorchSharp;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Averages the loss of rows.</summary>
public delegate double AverageLoss(IReadOnlyList<RowValue> rows);

/// <summary>Returns the index of the preferred choice.</summary>
public delegate int ChooseAnswer(IReadOnlyList<ScoredChoice> choices);

/// <summary>Computes the loss of every token of an answer.</summary>
public delegate IReadOnlyList<double> ScoreAnswer(LanguageModel model, Conversation prompt, string answer);

/// <summary>A question and an answer to score.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Question">The question.</param>
/// <param name="Context">The context.</param>
public sealed record ScoredCase(string Answer, string Question, params IReadOnlyList<string> Context)
{
    internal Conversation Prompt => new(ChatMessage.System("Kısa yanıt ver."), ChatMessage.User(Question, Context));

    internal static ModelCase Model(Conditions at) =>
        new(
            Width: 24, 2, Heads: 4, KeyValueHeads: 2, Inner: 40, Batch: 1, Time: 1, Vocabulary: at.Tokenizer.VocabularySize,
            Dropout: 0.5);

    /// <inheritdoc/>
    public override string ToString() => $"\"{Answer}\" to \"{Question}\"".ReplaceLineEndings("⏎");
}

/// <summary>An answer with its loss.</summary>
/// <param name="Text">The answer.</param>
/// <param name="Tokens">Its tokens.</param>
/// <param name="Nats">Sum of their losses.</param>
public sealed record ScoredChoice(string Text, int Tokens, double Nats);

/// <summary>Answers to rank by loss per byte.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="PreferredIndex">Index of the answer with the lowest loss per byte, computed by hand.</param>
/// <param name="Choices">The answers.</param>
public sealed record MultipleChoiceCase(string Name, int PreferredIndex, params IReadOnlyList<ScoredChoice> Choices)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Rows of unequal length.</summary>
/// <param name="Rows">Loss and number of tokens of each.</param>
public sealed record UnequalRowsCase(params IReadOnlyList<(double Nats, int Tokens)> Rows)
{
    /// <inheritdoc/>
    public override string ToString() =>
        string.Join(", ", Rows.Select(row => FormattableString.Invariant($"{row.Nats} nats of {row.Tokens}")));
}

/// <summary>Likelihood of answers: EVL-06, EVL-07, EVL-08, EVL-14.</summary>
public static class AnswerLikelihoodSpec
{
    private static readonly IReadOnlyList<ScoredCase> Answers =
        [
            new("Iğdır'daki D76", "Makara hangi depoda?", "Iğdır'daki makara D76'da."),
            new("1.284,5\n- kg", "Kaç <|eot_id|> birikti?"), new("’ta ığ 😀", "Ne zaman, hangi yılda?"),
        ];

    public static readonly Requirement<ScoredCase, ScoreAnswer> EVL_06_TokensOfTraining = new()
    {
        Id = "EVL-06",
        Statement = "An answer is scored by exactly the tokens in its loss mask of training, ending with its end of turn, with "
            + "the float64 oracle's loss for each.",
        Source = "BUG-EVL-06, BUG-EVL-08, BUG-EVL-03: EleutherAI/lm-evaluation-harness PR #63, Megatron-DeepSpeed PR #367; "
            + "TOL-LOSS and TOL-MODEL",
        CanonicalCases = Answers,
        Subject = (_, at) =>
            (model, prompt, answer) =>
                WithModel(at, model, answering => answering.ComputeLosses(prompt, ChatMessage.Assistant(answer))),
        Holds = (score, c, at) =>
        {
            using var grad = no_grad();
            var sizes = ScoredCase.Model(at);
            using var weights = ModelCase.Weights(sizes.Config, at);
            using var model = new LanguageModel(weights, at.ComputeType);
            var learned = Template(at).Render(c.Prompt.Append(ChatMessage.Assistant(c.Answer)), Supervision.Last);
            long[] ids = [.. learned.Ids.Select(id => (long)id)];
            var logits = new TransformerOracle(sizes.Sizes, weights.Doubles()).Logits(ids[..^1], 1);
            var losses = CrossEntropyOracle.TokenLosses(logits, ids[1..]);
            var expected = losses.Where((_, i) => learned.LossMask[i + 1]).ToArray();
            var largest = logits.Max(Math.Abs);
            var allowed = Tolerance.Loss(at.NumberType, sizes.Vocabulary, largest) + 2 * sizes.Allowed(at) * largest;
            double[] scored = [.. score(model, c.Prompt, c.Answer)];
            return Verdict.All(
                Verdict.Equal(expected.Length, scored.Length, "tokens"),
                Verdict.AtMost(allowed, scored.LargestDifference(expected), "difference of a token's loss, nats"));
        },
        Impostors = new()
        {
            ["a space before the answer"] = (_, at) => (model, prompt, answer) =>
                Losses(model, Ids(at, prompt), [.. at.Tokenizer.EncodeToIds(" " + answer), SpecialTokens.EndOfTurn]),
            ["the rendered text is encoded as a whole"] = (_, at) => (model, prompt, answer) =>
            {
                var (text, question) = (
                    at.Tokenizer.Decode(Ids(at, prompt)), at.Tokenizer.EncodeToIds(at.Tokenizer.Decode(Ids(at, prompt))).Count);
                var all = at.Tokenizer.EncodeToIds(text + answer);
                return Losses(model, [.. all.Take(question)], [.. all.Skip(question), SpecialTokens.EndOfTurn]);
            },
            ["without the end of turn"] = (_, at) => (model, prompt, answer) =>
                Losses(model, Ids(at, prompt), [.. at.Tokenizer.EncodeToIds(answer)]),
            ["the last token is cut off and padding scored"] = (_, at) =>
                (model, prompt, answer) =>
                    Losses(
                        model, Ids(at, prompt),
                        [.. at.Tokenizer.EncodeToIds(answer).SkipLast(1), SpecialTokens.EndOfTurn, SpecialTokens.Pad]),
            ["the question is cut at its beginning"] = (_, at) => (model, prompt, answer) =>
                Losses(model, [.. Ids(at, prompt).Skip(1)], [.. at.Tokenizer.EncodeToIds(answer), SpecialTokens.EndOfTurn]),
            ["every token predicts itself"] = (_, at) => (model, prompt, answer) =>
            {
                int[] continuation = [.. at.Tokenizer.EncodeToIds(answer), SpecialTokens.EndOfTurn];
                return Losses(model, [.. Ids(at, prompt), continuation[0]], [.. continuation.Skip(1), SpecialTokens.EndOfTurn]);
            },
            ["in training mode"] = (_, at) => (model, prompt, answer) =>
            {
                int[] continuation = [.. at.Tokenizer.EncodeToIds(answer), SpecialTokens.EndOfTurn],
                    all = [.. Ids(at, prompt), .. continuation];
                return SequenceLosses(model, all, training: true)[^continuation.Length..];
            },
        },
    };

    public static readonly Requirement<MultipleChoiceCase, ChooseAnswer> EVL_07_Bytes = new()
    {
        Id = "EVL-07",
        Statement = "Scores per byte use UTF-8 bytes: a Turkish letter that English lacks has two.",
        Source = "BUG-EVL-07: EleutherAI/lm-evaluation-harness #3278",
        CanonicalCases =
        [
            // 10/12 and 9/8 by bytes, 10/6 and 9/8 by characters, 2 and 1 by tokens
            new("marks against plain letters", 0, new("ığşçöü", 5, 10), new("abcdefgh", 9, 9)),
            new("a longer text", 1, new("iletken", 8, 6.9), new("ışık ölçüsü", 3, 7.5)),
        ],
        Subject = (_, _) =>
            choices =>
                IndexOfBest(choices, choice =>
                    ChoiceScores.Compute(choice.Nats, choice.Tokens, choice.Text, ChoiceNormalization.Bytes)),
        Holds = (prefer, c, _) => Verdict.Equal(c.PreferredIndex, prefer(c.Choices), "preferred"),
        Impostors = new()
        {
            ["by characters"] = (_, _) => choices =>
                IndexOfBest(choices, choice => -choice.Nats / (choice.Text.Length + (choice.Text.Length > 8 ? -4 : 0))),
            ["by tokens"] = (_, _) =>
                choices =>
                    IndexOfBest(choices, choice =>
                        ChoiceScores.Compute(choice.Nats, choice.Tokens, choice.Text, ChoiceNormalization.Tokens)),
            ["not divided"] = (_, _) =>
                choices =>
                    IndexOfBest(choices, choice =>
                        ChoiceScores.Compute(choice.Nats, choice.Tokens, choice.Text, ChoiceNormalization.None)),
            ["the least probable"] = (_, _) =>
                choices =>
                    IndexOfBest(choices, choice =>
                        -ChoiceScores.Compute(choice.Nats, choice.Tokens, choice.Text, ChoiceNormalization.Bytes)),
        },
    };

    public static readonly Requirement<ScoredCase, Func<GoldRow, int, int>> EVL_08_LastToken = new()
    {
        Id = "EVL-08",
        Statement = "An answer that just fits the context is scored completely; if it is one position longer, the row is skipped "
            + "and counted, never cut.",
        Source = "BUG-EVL-08: bigscience-workshop/Megatron-DeepSpeed PR #367",
        CanonicalCases = [new("D76 deposunda.", "Makara hangi depoda?"), new("İE", "İş emri hangi harflerle başlar?")],
        Subject = (_, at) => (row, length) => CountScoredTokens(at, row, length),
        Holds = (scored, c, at) =>
        {
            var row = new GoldRow("gold:1", TaskType.MultipleChoice, c.Prompt, ChatMessage.Assistant(c.Answer))
            {
                Choices = [c.Answer, "a"],
            };
            var (prompt, answer) = (Ids(at, c.Prompt).Count, at.Tokenizer.EncodeToIds(c.Answer).Count + 1);
            return Verdict.All(
                Verdict.Equal(answer, scored(row, prompt + answer - 1), "tokens scored if all are predicted"),
                Verdict.Equal(0, scored(row, prompt + answer - 2), "tokens scored if one is not"));
        },
        Impostors = new()
        {
            ["the last token is cut off"] = (_, at) =>
                (row, length) =>
                    CountScoredTokens(at, row, length + 1) is > 0 and var tokens
                        ? Math.Min(tokens, length + 1 - Ids(at, row.Prompt).Count)
                        : 0,
            ["the question is cut instead"] = (_, at) => (row, length) => CountScoredTokens(at, row, length + 1),
            ["one position is unused"] = (_, at) => (row, length) => CountScoredTokens(at, row, length - 1),
        },
    };

    public static readonly Requirement<UnequalRowsCase, AverageLoss> EVL_14_EveryTokenAlike = new()
    {
        Id = "EVL-14",
        Statement = "The loss of many answers is the sum over all their tokens divided by the number of tokens: rows are "
            + "weighted by their length.",
        Source = "BUG-EVL-01: pytorch/torchtitan PR #4167, keras-team/keras-hub PR #2958",
        CanonicalCases = [new((9.2, 1), (54, 9)), new((3.5, 4), (40, 90), (12.25, 5))],
        Subject = (_, _) => rows =>
        {
            var row = new GoldRow("gold:1", TaskType.Answer, new(ChatMessage.User("?")), ChatMessage.Assistant("!"));
            var evaluation = new GoldEvaluation(
                [.. rows.Select(_ => row)],
                [
                    .. rows.Select(value => new RowResult(
                        row, "", null, new Dictionary<Metric, RowValue> { [Metric.Loss] = value })),
                ]);
            return evaluation.Summarize(new Bootstrap(1, 100)).Single().Value;
        },
        Holds = (mean, c, _) =>
            Verdict.AtMost(
                1e-12,
                Math.Abs(
                    c.Rows.Sum(row => row.Nats) / c.Rows.Sum(row => row.Tokens)
                        - mean([.. c.Rows.Select(row => new RowValue(row.Nats, row.Tokens))])),
                "difference, nats"),
        Impostors = new()
        {
            ["the mean of the rows' means"] = (_, _) => rows => rows.Average(row => row.Sum / row.Weight),
            ["rows are padded to the longest"] = (_, _) => rows =>
                rows.Sum(row => row.Sum) / (rows.Count * rows.Max(row => row.Weight)),
            ["the last row's"] = (_, _) => rows => rows[^1].Sum / rows[^1].Weight,
            ["divided by the rows"] = (_, _) => rows => rows.Average(row => row.Sum),
        },
    };

    public static IReadOnlyList<Requirement> All =>
        [EVL_06_TokensOfTraining, EVL_07_Bytes, EVL_08_LastToken, EVL_14_EveryTokenAlike];

    private static ChatTemplate Template(Conditions at) => new(at.Tokenizer);

    private static IReadOnlyList<int> Ids(Conditions at, Conversation prompt) => Template(at).RenderPrompt(prompt);

    private static int IndexOfBest(IReadOnlyList<ScoredChoice> choices, Func<ScoredChoice, double> score) =>
        choices.Index().MaxBy(choice => score(choice.Item)).Index;

    private static T WithModel<T>(Conditions at, LanguageModel model, Func<ChatModel, T> ask)
    {
        using var answering = new ChatModel(model, at.Tokenizer, Template(at));
        return ask(answering);
    }

    private static int CountScoredTokens(Conditions at, GoldRow row, int length)
    {
        var config = new ModelConfig(
            at.Tokenizer.VocabularySize, dModel: 8, nLayers: 1, nHeads: 2, nKvHeads: 1, dFf: 8, maxSeqLen: length);
        using var weights = ModelCase.Weights(config, at);
        using var model = new LanguageModel(weights, at.ComputeType);
        return WithModel(at, model, answering =>
            (int)(GoldEvaluation.Run(answering, [row], new EvaluationOptions()).Results[0]?.Values[Metric.Loss].Weight ?? 0));
    }

    private static double[] Losses(LanguageModel model, IReadOnlyList<int> prompt, int[] continuation) =>
        SequenceLosses(model, [.. prompt, .. continuation], training: false)[^continuation.Length..];

    private static double[] SequenceLosses(LanguageModel model, int[] ids, bool training)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        long[] all = [.. ids.Select(id => (long)id)];
        return model
            .ComputeLosses(
                tensor(all[..^1], [1, all.Length - 1], device: model.Device),
                tensor(all[1..], [1, all.Length - 1], device: model.Device), training)
            .Doubles();
    }
}
