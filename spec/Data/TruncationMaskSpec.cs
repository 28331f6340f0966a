using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Data;

/// <summary>Fits a conversation into a sequence, by a template.</summary>
public delegate TruncationResult FitByTemplate(ChatTemplate template, Conversation conversation, SftOptions options);

/// <summary>A conversation of several answers, what is removed of it, and the policy that selects what is learned.</summary>
/// <param name="Cut">The part that is removed.</param>
/// <param name="Policy">The policy.</param>
/// <param name="HasTask">True if the template has a task, which the conversation lacks.</param>
/// <param name="ExcludesFirst">True if the file excludes the first answer from learning.</param>
public sealed record TruncationMaskCase(TruncatedPart Cut, Supervision Policy, bool HasTask = false, bool ExcludesFirst = false)
{
    internal string? Task => HasTask ? "Kısaca yanıtla." : null;

    // Turns are removed only if no context can be shortened, and an answer is cut only if it is in the only exchange.
    internal IReadOnlyList<ChatTurn> Turns => Cut switch
    {
        TruncatedPart.Answer => Exchanges[1],
        TruncatedPart.Turns => [.. Exchanges.SelectMany(exchange => exchange).Select(turn => turn with { Context = null })],
        _ => [.. Exchanges.SelectMany(exchange => exchange)],
    };

    /// <summary>The turns that are left; those with context have a shorter one.</summary>
    internal IReadOnlyList<ChatTurn> Left =>
        Cut == TruncatedPart.Turns ? [.. Turns.Take(Exchanges[0].Length + Exchanges[1].Length)] : Turns;

    internal Conversation Conversation =>
        ExcludesFirst ? new ChatCase("", Turns).Excluding(FirstAnswer(Turns)) : new ChatCase("", Turns).Conversation;

    /// <summary>Returns the number of turns before the first one that the policy learns from.</summary>
    internal int FirstLearned(IReadOnlyList<ChatTurn> turns) => Policy switch
    {
        Supervision.All => ExcludesFirst ? FirstAnswer(turns) + 1 : 0,
        Supervision.Completion => turns.Index().Last(turn => turn.Item.Role == "user").Index,
        _ => turns.Index().Last(turn => turn.Item.Role == "assistant").Index,
    };

    private static int FirstAnswer(IReadOnlyList<ChatTurn> turns) =>
        turns.Index().First(turn => turn.Item.Role == "assistant").Index;

    private static readonly ChatTurn[][] Exchanges =
    [
        [
            new("user", "Hangi depo doludur?", [Context("Başta A1 deposu doludur.", 30)]),
            new("assistant", "A1 deposu doludur."),
        ],
        [
            new("user", "Kaç makara var?"), new("assistant", "Bakıyorum.", Call: "stok(\"A1\")"),
            new("tool", "{\"makara\": 412}"), new("assistant", "412 makara var, hepsi sayıldı."),
        ],
        [
            new("user", "Ya öbür depolar?", [Context("B2 deposu boştur.", 20), Context("C3 deposu yarımdır.", 10)]),
            new("assistant", "B2 boş."),
            new("user", "Başka?"), new("assistant", "Sayıyorum.", Call: "stok(\"C3\")"),
            new("tool", "{\"makara\": 7}"), new("assistant", "C3 yarım; gerisi için sayım gerekir."),
        ],
    ];

    private static string Context(string start, int sentences) =>
        start
        + string.Concat(Enumerable.Range(1, sentences).Select(i => FormattableString.Invariant($" Raf {i * 7} ölçüldü.")));
}

/// <summary>Loss masks of conversations that had to be truncated.</summary>
public static class TruncationMaskSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Sft34_MaskOfTheRest];

    /// <summary>Truncates a conversation.</summary>
    public static readonly Requirement<TruncationMaskCase, FitByTemplate> Sft34_MaskOfTheRest = new()
    {
        Id = "SFT-34",
        Statement = "A truncated conversation has the tokens and the loss mask of rendering what is left of it under the same "
            + "policy and task, whether context, turns or the end of an answer were removed; excluded answers stay excluded.",
        Source = "BUG-SFT-22, BUG-SFT-05, BUG-SFT-17: one path of several forgets the policy",
        CanonicalCases =
        [
            .. from policy in new[] { Supervision.All, Supervision.Completion, Supervision.Last }
            from cut in Enum.GetValues<TruncatedPart>()
            select new TruncationMaskCase(cut, policy),
            new(TruncatedPart.Context, Supervision.All, HasTask: true, ExcludesFirst: true),
            new(TruncatedPart.Turns, Supervision.Completion, HasTask: true),
            new(TruncatedPart.Turns, Supervision.All, HasTask: true, ExcludesFirst: true),
        ],
        Subject = (_, at) => (template, conversation, options) =>
            TruncationResult.Truncate(template, at.Tokenizer, conversation, options),
        Holds = (fit, c, at) =>
        {
            var (template, options) = (new ChatTemplate(at.Tokenizer, c.Task), Options(c, at));
            var result = fit(template, c.Conversation, options);
            if (result.Tokens is not { } tokens) return Verdict.That(false, "the example is dropped");
            var ids = tokens.Ids.Select(id => (int)id).ToArray();
            var left = WithContextsOf(c.Left, at.Tokenizer.Decode(ids));
            var expected = Render(left, c, at);
            return Verdict.All(
                Verdict.Equal(c.Cut, result.Cut, "part that was removed"),
                Verdict.AtMost(options.SequenceLength, tokens.Length, "positions"),
                Verdict.AtLeast(1, tokens.SupervisedCount, "learned tokens"),
                Verdict.SameElements([.. expected.Ids.Take(options.SequenceLength + 1)], ids, "tokens"),
                Verdict.SameElements(
                    [.. expected.LossMask.Take(options.SequenceLength + 1)], [.. tokens.LossMask], "loss mask"));
        },
        Impostors = new()
        {
            ["another policy"] = (c, at) => (template, conversation, options) => TruncationResult.Truncate(
                template, at.Tokenizer, conversation,
                options with { Supervision = c.Policy == Supervision.Last ? Supervision.All : Supervision.Last }),
            ["everything is learned"] = WithMask(tokens => [.. tokens.LossMask.Select((_, i) => i > 0)]),
            ["one token late"] = WithMask(tokens => [false, .. tokens.LossMask.SkipLast(1)]),
            ["what is not learned is learned"] = WithMask(tokens => [.. tokens.LossMask.Select((mark, i) => i > 0 && !mark)]),
            ["the end of what is learned is not learned"] = WithMask(tokens =>
                [.. tokens.LossMask.Select((mark, i) => mark && i + 3 < tokens.LossMask.Count)]),
        },
    };

    private static SftOptions Options(TruncationMaskCase c, Conditions at)
    {
        var whole = Render(c.Turns, c, at);
        var length = c.Cut switch
        {
            TruncatedPart.None => whole.Ids.Count,
            TruncatedPart.Context => whole.Ids.Count - 40,
            TruncatedPart.Turns => Render(c.Left, c, at).Ids.Count + 3,
            _ => whole.Ids.Count - 4,
        };
        return new([], length - 1) { Supervision = c.Policy, ExcessLength = ExcessLengthStrategy.Truncate };
    }

    // The oracle masks every answer; the policy then removes the answers before the first one that it selects.
    private static MaskedTokens Render(IReadOnlyList<ChatTurn> turns, TruncationMaskCase c, Conditions at)
    {
        IReadOnlyList<ChatTurn> task = c.Task is { } text ? [new("system", text)] : [];
        var oracle = new ChatOracle(BytePairEncoderOracle.Of(at.Tokenizer));
        var all = oracle.Render([.. task, .. turns]);
        var start = oracle.Render([.. task, .. turns.Take(c.FirstLearned(turns))]).Ids.Count;
        return all.WithMask(i => all.LossMask[i] && i >= start);
    }

    // The turns with the contexts that a rendered text has, which may be shorter.
    private static IReadOnlyList<ChatTurn> WithContextsOf(IReadOnlyList<ChatTurn> turns, string text)
    {
        var contexts = new Queue<string>(
            text.Split("<|context|>").Skip(1).Select(part => part.Split("<|eot_id|>")[0]));
        return
        [
            .. turns.Select(turn => turn.Context is null ? turn : turn with
            {
                Context = [.. turn.Context.Select(_ => contexts.TryDequeue(out var context) ? context : "")],
            }),
        ];
    }

    private static Func<TruncationMaskCase, Conditions, FitByTemplate> WithMask(
        Func<TokenizedExample, IReadOnlyList<bool>> change) =>
        (_, at) => (template, conversation, options) =>
        {
            var result = TruncationResult.Truncate(template, at.Tokenizer, conversation, options);
            return result with
            {
                Tokens = new([.. result.Tokens!.Ids.Select(id => (int)id)], change(result.Tokens)),
            };
        };
}
