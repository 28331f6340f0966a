using TurkishLlm.Inference.Chat;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Training;

/// <summary>Joins pieces of text up to the first stop text.</summary>
public delegate string CutAtStopText(IReadOnlyList<string> pieces, IReadOnlyList<string> stopTexts);

/// <summary>Returns the messages that the model reads.</summary>
public delegate IReadOnlyList<ChatMessage> FitConversation(ChatModel model, ChatWindowCase c);

/// <summary>A chat that does not fit the context.</summary>
/// <param name="Exchanges">Number of exchanges.</param>
/// <param name="FittingExchanges">Number of last exchanges that fit; at least one.</param>
/// <param name="System">The task.</param>
public sealed record ChatWindowCase(int Exchanges, int FittingExchanges, string System)
{
    internal const int ReservedTokens = 9;

    internal IReadOnlyList<ChatExchange> EarlierExchanges => [.. Enumerable.Range(1, Exchanges).Select(i => new ChatExchange(
        ChatMessage.User(
            $"{i}. soru: {Words(i + 2)} hangi depoda?",
            i % 2 == 0 ? [$"Bağlam {i}: {Words(2 * i)}."] : []),
        ChatMessage.Assistant($"{i}. yanıt: {Words(1 + i % 3)} D{i}0 deposunda."), IsComplete: true)),
];

    internal ChatMessage Question { get; } = ChatMessage.User("Peki Iğdır'daki makara?", "Iğdır'daki makara D76 deposundadır.");

    internal IReadOnlyList<ChatMessage> With(IEnumerable<ChatExchange> exchanges) =>
        [ChatMessage.System(System), .. exchanges.SelectMany(exchange => new[] { exchange.Question, exchange.Answer }), Question];

    private static string Words(int count) =>
        string.Join(' ', Enumerable.Range(0, count).Select(i => "kablo makara fire sipariş ölçü".Split(' ')[i % 5]));
}

/// <summary>A text in pieces, and stop sequences.</summary>
/// <param name="Expected">The expected text.</param>
/// <param name="Text">The text; <c>|</c> separates two pieces.</param>
/// <param name="Stops">The stop sequences.</param>
public sealed record StopTextCase(string Expected, string Text, params IReadOnlyList<string> Stops)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"\"{Text}\" before {string.Join(" or ", Stops.Select(stop => $"\"{stop}\""))}".ReplaceLineEndings("⏎");
}

/// <summary>Chat window and stop sequences: GEN-14, GEN-16.</summary>
public static class ChatSessionSpec
{
    /// <summary>GEN-14.</summary>
    public static readonly Requirement<ChatWindowCase, FitConversation> GEN_14_Window = new()
    {
        Id = "GEN-14",
        Statement = "If a chat does not fit the context, whole exchanges are dropped, the oldest first and no more than "
            + "necessary; task and question stay, and enough positions remain for the answer.",
        Source = "karpathy/nanochat #581: a chat longer than the context; BUG-GEN-12",
        CanonicalCases = [new(5, 2, "Kısa yanıt ver."), new(4, 3, "Yalnızca bağlamı kullan."), new(3, 1, "ERP asistanısın.")],
        Subject = (_, _) =>
            (model, c) =>
                ChatWindow
                    .Fit(model, c.System, c.EarlierExchanges, c.Question, ChatWindowCase.ReservedTokens)
                    .Conversation.Messages,
        Holds = (show, c, at) =>
        {
            // The last exchanges fit exactly; with one position less, one exchange less fits.
            var needed =
                new ChatTemplate(at.Tokenizer).RenderPrompt(new(c.With(c.EarlierExchanges.TakeLast(c.FittingExchanges)))).Count
                + ChatWindowCase.ReservedTokens;
            return Verdict.All(
                Verdict.SameElements(
                    c.With(c.EarlierExchanges.TakeLast(c.FittingExchanges)),
                    WithContextLength(at, needed, model => show(model, c)),
                    $"message within {needed} tokens"),
                Verdict.SameElements(
                    c.With(c.EarlierExchanges.TakeLast(c.FittingExchanges - 1)),
                    WithContextLength(at, needed - 1, model => show(model, c)),
                    $"message within {needed - 1} tokens"));
        },
        Impostors = new()
        {
            ["the task is dropped first"] = (_, _) => (model, c) => [.. Real(model, c).Skip(1)],
            ["the newest are dropped first"] = (_, _) =>
                (model, c) =>
                    Enumerable
                        .Range(0, c.Exchanges)
                        .Select(left => c.With(c.EarlierExchanges.SkipLast(left)))
                        .First(seen => Fits(model, seen)),
            ["an answer stays when its question is dropped"] = (_, _) =>
                (model, c) =>
                    Real(model, c) is var seen && c.EarlierExchanges[^(seen.Count / 2)] is var left
                        ? [seen[0], left.Answer, .. seen.Skip(1)]
                        : [],
            ["no positions remain for the answer"] = (_, _) => (model, c) =>
                ChatWindow.Fit(model, c.System, c.EarlierExchanges, c.Question, reservedTokens: 0).Conversation.Messages,
            ["one more than necessary is dropped"] = (_, _) => (model, c) =>
                Real(model, c) is var seen ? [seen[0], .. seen.Skip(3)] : [],
            ["the context of the question is dropped"] = (_, _) => (model, c) =>
                [.. Real(model, c).SkipLast(1), ChatMessage.User(c.Question.Text)],
        },
    };

    /// <summary>GEN-16.</summary>
    public static readonly Requirement<StopTextCase, CutAtStopText> GEN_16_StopTexts = new()
    {
        Id = "GEN-16",
        Statement = "A text ends before the first complete stop sequence in it, however the text is split into pieces, and "
            + "nothing else of it is lost.",
        Source = "Common bug: stop sequences that are shown in part, or missed if two tokens share them",
        CanonicalCases =
        [
            new("Depo\n D50", "Depo\n D|50\nKul|lanıcı|: peki SO|N", "\nKullanıcı:", "SON"),
            new("a\nKul, b", "a\nKul|, b|SO|N c", "\nKullanıcı:", "SON"),
            new("ışşa", "ış|ş|a|a|ş|SON", "aş"),
        ],
        Subject = (_, _) => (pieces, stops) =>
        {
            var stop = new StopSequenceFilter(stops);
            return string.Concat(pieces.Select(stop.Push)) + stop.Flush();
        },
        Holds = (shorten, c, _) =>
            Verdict.Equal(
                c.Expected.ReplaceLineEndings("⏎"), shorten(c.Text.Split('|'), c.Stops).ReplaceLineEndings("⏎"), "shown"),
        Impostors = new()
        {
            ["searches each piece separately"] = (_, _) => (pieces, stops) =>
                string.Concat(pieces.TakeWhile(piece => !stops.Any(stop => piece.Contains(stop, StringComparison.Ordinal)))),
            ["has shown a part of the stop sequence already"] = (_, _) => (pieces, stops) =>
                pieces
                    .Aggregate((Shown: "", Ended: false), (so, piece) =>
                        so.Ended || stops.Any(stop => (so.Shown + piece).Contains(stop, StringComparison.Ordinal))
                            ? (so.Shown, true)
                            : (so.Shown + piece, false))
                    .Shown,
            ["ends after the stop sequence"] = (_, _) =>
                (pieces, stops) =>
                    string.Concat(pieces) is var text
                        ? text[
                            ..stops
                                .Where(stop => text.Contains(stop, StringComparison.Ordinal))
                                .Min(stop => text.IndexOf(stop, StringComparison.Ordinal) + stop.Length)
                        ]
                        : "",
            ["loses text that only looked like a stop sequence"] = (_, _) => (pieces, stops) =>
            {
                var (shown, held) = ("", "");
                foreach (var c in string.Concat(pieces))
                {
                    if (stops.Any(stop => held + c == stop)) return shown;
                    if (stops.Any(stop => stop.StartsWith(held + c, StringComparison.Ordinal))) held += c;
                    else (shown, held) = (shown + c, "");
                }
                return shown + held;
            },
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [GEN_14_Window, GEN_16_StopTexts];

    private static IReadOnlyList<ChatMessage> Real(ChatModel model, ChatWindowCase c) =>
        GEN_14_Window.Subject(c, null!)(model, c);

    private static bool Fits(ChatModel model, IReadOnlyList<ChatMessage> seen) =>
        model.Template.RenderPrompt(new(seen)).Count <= model.ContextLength - ChatWindowCase.ReservedTokens;

    // Creates a model with a context length; the model is never run.
    private static IReadOnlyList<ChatMessage> WithContextLength(
        Conditions at, int length, Func<ChatModel, IReadOnlyList<ChatMessage>> show)
    {
        var config = new ModelConfig(
            at.Tokenizer.VocabularySize, dModel: 8, nLayers: 1, nHeads: 2, nKvHeads: 1, dFf: 8, maxSeqLen: length);
        using var weights = ModelCase.Weights(config, at);
        using var model = new LanguageModel(weights, at.ComputeType);
        using var answering = new ChatModel(model, at.Tokenizer, new ChatTemplate(at.Tokenizer));
        return show(answering);
    }
}
