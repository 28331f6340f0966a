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

/// <summary>Scores the answers to several questions, one after the other, with one model.</summary>
public delegate IReadOnlyList<double> ScoreQuestions(
    LanguageModel model, IReadOnlyList<(Conversation Prompt, string Answer)> asked);

/// <summary>Questions with the same beginning, with their answers.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Asked">The questions and answers, in the order in which they are asked.</param>
public sealed record QuestionSequenceCase(string Name, params IReadOnlyList<(string Question, string Answer)> Asked)
{
    internal IReadOnlyList<(Conversation Prompt, string Answer)> Prompts =>
        [.. Asked.Select(one => (new Conversation(ChatMessage.User(one.Question)), one.Answer))];

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Likelihood of answers after plain text, before fine-tuning: EVL-32, EVL-33, EVL-34.</summary>
public static class TextAnswerSpec
{
    public static readonly Requirement<ScoredCase, ScoreAnswer> EVL_32_AnswerTokensAlone = new()
    {
        Id = "EVL-32",
        Statement = "After plain text, the score of an answer has exactly the tokens of the answer after a space, each with the "
            + "float64 oracle's loss: neither tokens of the prompt nor an end of document.",
        Source = "EleutherAI lm-evaluation-harness, loglikelihood of continuations; BUG-EVL-06, BUG-EVL-08; TOL-LOSS and "
            + "TOL-MODEL",
        CanonicalCases =
        [
            new("Iğdır'daki D76", "Makara hangi depoda?", "Iğdır'daki makara D76'da."), new("B", "A) 1.284,5\nB) kg"),
        ],
        Subject = (_, at) => (model, prompt, answer) =>
        {
            using var asked = new TextModel(model, at.Tokenizer);
            return asked.ComputeLosses(prompt, ChatMessage.Assistant(answer));
        },
        Holds = (score, c, at) =>
        {
            using var grad = no_grad();
            var sizes = ScoredCase.Model(at);
            using var weights = ModelCase.Weights(sizes.Config, at);
            using var model = new LanguageModel(weights, at.ComputeType);
            var continuation = at.Tokenizer.EncodeToIds(" " + c.Answer);
            long[] ids = [.. PromptIds(at, c.Prompt).Concat(continuation).Select(id => (long)id)];
            var logits = new TransformerOracle(sizes.Sizes, weights.Doubles()).Logits(ids[..^1], 1);
            var expected = CrossEntropyOracle.TokenLosses(logits, ids[1..])[^continuation.Count..];
            var largest = logits.Max(Math.Abs);
            var allowed = Tolerance.Loss(at.NumberType, sizes.Vocabulary, largest) + 2 * sizes.Allowed(at) * largest;
            double[] scored = [.. score(model, c.Prompt, c.Answer)];
            return Verdict.All(
                Verdict.Equal(expected.Length, scored.Length, "tokens"),
                Verdict.AtMost(allowed, scored.LargestDifference(expected), "difference of a token's loss, nats"));
        },
        Impostors = new()
        {
            ["the last token of the prompt is scored too"] = (_, at) => (model, prompt, answer) =>
            {
                var ids = PromptIds(at, prompt);
                return Losses(model, [.. ids.SkipLast(1)], [ids[^1], .. at.Tokenizer.EncodeToIds(" " + answer)]);
            },
            ["with the end of the document"] = (_, at) => (model, prompt, answer) =>
                Losses(model, PromptIds(at, prompt), [.. at.Tokenizer.EncodeToIds(" " + answer), SpecialTokens.EndOfText]),
            ["without the space"] = (_, at) => (model, prompt, answer) =>
                Losses(model, PromptIds(at, prompt), [.. at.Tokenizer.EncodeToIds(answer)]),
            ["the whole text is scored"] = (_, at) => (model, prompt, answer) =>
            {
                var ids = PromptIds(at, prompt);
                return Losses(model, [ids[0]], [.. ids.Skip(1), .. at.Tokenizer.EncodeToIds(" " + answer)]);
            },
            ["every token predicts itself"] = (_, at) => (model, prompt, answer) =>
            {
                var ids = at.Tokenizer.EncodeToIds(" " + answer);
                return Losses(model, [.. PromptIds(at, prompt), ids[0]], [.. ids.Skip(1), SpecialTokens.EndOfText]);
            },
            ["the prompt has no begin of text"] = (_, at) => (model, prompt, answer) =>
                Losses(model, [.. PromptIds(at, prompt).Skip(1)], [.. at.Tokenizer.EncodeToIds(" " + answer)]),
            ["in training mode"] = (_, at) => (model, prompt, answer) =>
                Losses(model, PromptIds(at, prompt), [.. at.Tokenizer.EncodeToIds(" " + answer)], training: true),
        },
    };

    public static readonly Requirement<QuestionSequenceCase, ScoreQuestions> EVL_33_NothingOfTheQuestionBefore = new()
    {
        Id = "EVL-33",
        Statement = "The score of an answer is the same whether its prompt is read from the start, or continues what a question "
            + "before has left in the cache.",
        Source = "BUG-GEN-02: a cache that keeps keys of another text; EVL-32",
        CanonicalCases =
        [
            new("the same question", ("Makara hangi depoda?", "D76"), ("Makara hangi depoda?", "Iğdır"),
                ("Makara hangi depoda?", "D76")),
            new("questions with the same beginning", ("Makara hangi depoda?", "D76"), ("Makara hangi rafta?", "D76"),
                ("Fire nedir?", "Kayıp")),
            new("a longer question first", ("Makara hangi depoda ve hangi rafta?", "D76"), ("Makara hangi depoda?", "D7")),
        ],
        Subject = (_, at) => (model, asked) =>
        {
            using var text = new TextModel(model, at.Tokenizer);
            return
            [
                .. asked.Select(one => text.ComputeLosses(one.Prompt, ChatMessage.Assistant(one.Answer)).Sum()),
            ];
        },
        Holds = (score, c, at) =>
        {
            var sizes = ScoredCase.Model(at);
            using var weights = ModelCase.Weights(sizes.Config, at);
            using var model = new LanguageModel(weights, at.ComputeType);
            double[] expected = [.. c.Prompts.Select(one => Score(at, model, one.Prompt, one.Answer))];
            var found = score(model, c.Prompts);
            var tokens = c.Asked.Max(one => at.Tokenizer.EncodeToIds(" " + one.Answer).Count);
            return Verdict.All(
                Verdict.Equal(expected.Length, found.Count, "answers"),
                Verdict.AtMost(
                    tokens * 2 * Tolerance.Loss(at.NumberType, sizes.Vocabulary, 1), ((double[])[.. found])
                        .LargestDifference(expected), "difference of a score, nats"));
        },
        Impostors = new()
        {
            ["the cache keeps the question before"] = (_, at) => (model, asked) =>
            [
                .. asked.Select((one, i) => Losses(
                    model, [.. i == 0 ? [] : PromptIds(at, asked[i - 1].Prompt), .. PromptIds(at, one.Prompt)],
                    [.. at.Tokenizer.EncodeToIds(" " + one.Answer)]).Sum()),
            ],
            ["the answer before stays in the cache"] = (_, at) => (model, asked) =>
            [
                .. asked.Select((one, i) => Losses(
                    model,
                    [.. PromptIds(at, one.Prompt), .. i == 0 ? [] : at.Tokenizer.EncodeToIds(" " + asked[i - 1].Answer)],
                    [.. at.Tokenizer.EncodeToIds(" " + one.Answer)]).Sum()),
            ],
            ["only the first question counts"] = (_, at) => (model, asked) =>
                [.. asked.Select(_ => Score(at, model, asked[0].Prompt, asked[0].Answer))],
            ["a prompt that continues loses its first token"] = (_, at) => (model, asked) =>
            [
                .. asked.Select((one, i) => Losses(
                    model, [.. PromptIds(at, one.Prompt).Skip(Math.Min(i, 1))],
                    [.. at.Tokenizer.EncodeToIds(" " + one.Answer)]).Sum()),
            ],
        },
    };

    public static readonly Requirement<MultipleChoiceCase, ChooseAnswer> EVL_34_Characters = new()
    {
        Id = "EVL-34",
        Statement = "Accuracy by length divides the log-likelihood of a choice by its characters, that is code points: letters "
            + "outside the Basic Multilingual Plane, and Turkish letters, count as one.",
        Source = "EleutherAI lm-evaluation-harness, acc_norm of multiple_choice; BUG-EVL-07",
        CanonicalCases =
        [
            // By characters 12/6 = 2 and 13/8 = 1.625; by bytes 1 and 1.625; by tokens 2.4 and 13; as a whole 12 and 13.
            new("Turkish letters", 1, new("ığşçöü", 5, 12), new("abcdefgh", 1, 13)),
            // By characters 9.1/5 = 1.82, 6/3 = 2 and 9/3 = 3; by UTF-16 units 1.82, 1 and 3.
            new("letters of two units", 0, new("abcde", 4, 9.1), new("😀😁😂", 6, 6), new("xyz", 1, 9)),
        ],
        Subject = (_, _) => choices => ChoiceScores.FindPreferred(
            [.. choices.Select(choice => choice.Text)], [.. choices.Select(choice => new RowValue(choice.Nats, choice.Tokens))],
            ChoiceNormalization.Characters),
        Holds = (prefer, c, _) => Verdict.Equal(c.PreferredIndex, prefer(c.Choices), "preferred"),
        Impostors = new()
        {
            ["by bytes"] = (_, _) => choices => Prefer(choices, ChoiceNormalization.Bytes),
            ["not divided"] = (_, _) => choices => Prefer(choices, ChoiceNormalization.None),
            ["the least probable"] = (_, _) => choices =>
                choices.Index().MaxBy(one => one.Item.Nats / one.Item.Text.EnumerateRunes().Count()).Index,
            ["divided by the square"] = (_, _) => choices =>
                choices.Index().MinBy(one => one.Item.Nats * Math.Pow(one.Item.Text.Length, 2)).Index,
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All =>
        [EVL_32_AnswerTokensAlone, EVL_33_NothingOfTheQuestionBefore, EVL_34_Characters];

    // A second rendering of the prompt.
    private static List<int> PromptIds(Conditions at, Conversation prompt)
    {
        var text = string.Concat(prompt.Messages.Select(message => message.Role == ChatRole.System
            ? $"{message.Text}\n\n"
            : $"{string.Concat(message.Context.Select(context => $"Metin: {context}\n"))}Soru: {message.Text}\n"));
        return [SpecialTokens.BeginOfText, .. at.Tokenizer.EncodeToIds($"{text}Cevap:")];
    }

    private static double Score(Conditions at, LanguageModel model, Conversation prompt, string answer)
    {
        using var asked = new TextModel(model, at.Tokenizer);
        return asked.ComputeLosses(prompt, ChatMessage.Assistant(answer)).Sum();
    }

    private static int Prefer(IReadOnlyList<ScoredChoice> choices, ChoiceNormalization normalization) =>
        choices.Index()
            .MaxBy(one => ChoiceScores.Compute(one.Item.Nats, one.Item.Tokens, one.Item.Text, normalization)).Index;

    private static double[] Losses(
        LanguageModel model, IReadOnlyList<int> prompt, IReadOnlyList<int> continuation, bool training = false)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        long[] all = [.. prompt.Concat(continuation).Select(id => (long)id)];
        return model
            .ComputeLosses(
                tensor(all[..^1], [1, all.Length - 1], device: model.Device),
                tensor(all[1..], [1, all.Length - 1], device: model.Device), training)
            .Doubles()[^continuation.Count..];
    }
}
