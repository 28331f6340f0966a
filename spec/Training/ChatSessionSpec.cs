using TurkishLlm.Inference.Chat;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Kernel;
using TurkishLlm.Spec.Model;
using TurkishLlm.Tokenization.Chat;
using Messages = System.Collections.Generic.IReadOnlyList<TurkishLlm.Tokenization.Chat.ChatMessage>;
using Shorten = System.Func<System.Collections.Generic.IReadOnlyList<string>, System.Collections.Generic.IReadOnlyList<string>, string>;
using Show = System.Func<TurkishLlm.Inference.Chat.ChatModel, TurkishLlm.Spec.Training.ChatWindowCase, System.Collections.Generic.IReadOnlyList<TurkishLlm.Tokenization.Chat.ChatMessage>>;

namespace TurkishLlm.Spec.Training;

/// <summary>A chat that does not fit any more.</summary>
/// <param name="Exchanges">How many exchanges there were.</param>
/// <param name="FittingExchanges">How many of the last ones fit; at least one.</param>
/// <param name="System">The task.</param>
public sealed record ChatWindowCase(int Exchanges, int FittingExchanges, string System)
{
    internal const int ReservedTokens = 9;

    internal IReadOnlyList<ChatExchange> EarlierExchanges => [.. Enumerable.Range(1, Exchanges).Select(i => new ChatExchange(
        ChatMessage.User($"{i}. soru: {Words(i + 2)} hangi depoda?", i % 2 == 0 ? [$"Bağlam {i}: {Words(2 * i)}."] : []), ChatMessage.Assistant($"{i}. yanıt: {Words(1 + i % 3)} D{i}0 deposunda."), IsComplete: true))];

    internal ChatMessage Question { get; } = ChatMessage.User("Peki Iğdır'daki makara?", "Iğdır'daki makara D76 deposundadır.");

    internal Messages With(IEnumerable<ChatExchange> exchanges) => [ChatMessage.System(System), .. exchanges.SelectMany(exchange => new[] { exchange.Question, exchange.Answer }), Question];

    private static string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(i => "kablo makara fire sipariş ölçü".Split(' ')[i % 5]));
}

/// <summary>A text in pieces, and texts it is to end before.</summary>
/// <param name="Expected">What is left of it, worked out by hand.</param>
/// <param name="Text">The text; <c>|</c> stands between two pieces.</param>
/// <param name="Stops">The texts to end before.</param>
public sealed record StopTextCase(string Expected, string Text, params IReadOnlyList<string> Stops)
{
    /// <inheritdoc/>
    public override string ToString() => $"\"{Text}\" before {string.Join(" or ", Stops.Select(stop => $"\"{stop}\""))}".ReplaceLineEndings("⏎");
}

/// <summary>What a chat shows to the model and to its reader: GEN-14, GEN-16.</summary>
public static class ChatSessionSpec
{
    /// <summary>GEN-14.</summary>
    public static readonly Requirement<ChatWindowCase, Show> GEN_14_Window = new()
    {
        Id = "GEN-14",
        Statement = "Where a chat does not fit any more, whole exchanges leave, the oldest first and no more than must; task and question stay, and the answer has its room.",
        Source = "karpathy/nanochat #581: a chat longer than the context; silent bug GEN-12",
        CanonicalCases = [new(5, 2, "Kısa yanıt ver."), new(4, 3, "Yalnızca bağlamı kullan."), new(3, 1, "ERP asistanısın.")],
        Subject = (_, _) => (model, c) => ChatWindow.Fit(model, c.System, c.EarlierExchanges, c.Question, ChatWindowCase.ReservedTokens).Conversation.Messages,
        Holds = (show, c, at) =>
        {
            // The last exchanges fit exactly; with one place less, one exchange less does.
            var needed = new ChatTemplate(at.Tokenizer).RenderPrompt(new(c.With(c.EarlierExchanges.TakeLast(c.FittingExchanges)))).Count + ChatWindowCase.ReservedTokens;
            return Verdict.All(
                Verdict.SameElements(c.With(c.EarlierExchanges.TakeLast(c.FittingExchanges)), WithContextLength(at, needed, model => show(model, c)), $"message within {needed} tokens"),
                Verdict.SameElements(c.With(c.EarlierExchanges.TakeLast(c.FittingExchanges - 1)), WithContextLength(at, needed - 1, model => show(model, c)), $"message within {needed - 1} tokens"));
        },
        Impostors = new Dictionary<string, Func<ChatWindowCase, Conditions, Show>>
        {
            ["the task leaves first"] = (_, _) => (model, c) => [.. Real(model, c).Skip(1)],
            ["the newest leave first"] = (_, _) => (model, c) => Enumerable.Range(0, c.Exchanges).Select(left => c.With(c.EarlierExchanges.SkipLast(left))).First(seen => Fits(model, seen)),
            ["an answer stays when its question leaves"] = (_, _) => (model, c) => Real(model, c) is var seen && c.EarlierExchanges[^(seen.Count / 2)] is var left ? [seen[0], left.Answer, .. seen.Skip(1)] : [],
            ["the answer has no room"] = (_, _) => (model, c) => ChatWindow.Fit(model, c.System, c.EarlierExchanges, c.Question, reservedTokens: 0).Conversation.Messages,
            ["one more than must leaves"] = (_, _) => (model, c) => Real(model, c) is var seen ? [seen[0], .. seen.Skip(3)] : [],
            ["the context of the question leaves"] = (_, _) => (model, c) => [.. Real(model, c).SkipLast(1), ChatMessage.User(c.Question.Text)],
        },
    };

    /// <summary>GEN-16.</summary>
    public static readonly Requirement<StopTextCase, Shorten> GEN_16_StopTexts = new()
    {
        Id = "GEN-16",
        Statement = "A text ends before the first text to stop at that is complete in it, however it comes in pieces, and nothing else of it is lost.",
        Source = "Common knowledge: stop words that are shown by half, or missed where two tokens share them",
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
        Holds = (shorten, c, _) => Verdict.Equal(c.Expected.ReplaceLineEndings("⏎"), shorten(c.Text.Split('|'), c.Stops).ReplaceLineEndings("⏎"), "shown"),
        Impostors = new Dictionary<string, Func<StopTextCase, Conditions, Shorten>>
        {
            ["looks into each piece alone"] = (_, _) => (pieces, stops) => string.Concat(pieces.TakeWhile(piece => !stops.Any(stop => piece.Contains(stop, StringComparison.Ordinal)))),
            ["has shown a part of it already"] = (_, _) => (pieces, stops) =>
                pieces.Aggregate((Shown: "", Ended: false), (so, piece) => so.Ended || stops.Any(stop => (so.Shown + piece).Contains(stop, StringComparison.Ordinal)) ? (so.Shown, true) : (so.Shown + piece, false)).Shown,
            ["ends behind it"] = (_, _) => (pieces, stops) => string.Concat(pieces) is var text ? text[..stops.Where(stop => text.Contains(stop, StringComparison.Ordinal)).Min(stop => text.IndexOf(stop, StringComparison.Ordinal) + stop.Length)] : "",
            ["loses what it held back in vain"] = (_, _) => (pieces, stops) =>
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

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Requirement> All => [GEN_14_Window, GEN_16_StopTexts];

    private static Messages Real(ChatModel model, ChatWindowCase c) => GEN_14_Window.Subject(c, null!)(model, c);

    private static bool Fits(ChatModel model, Messages seen) => model.Template.RenderPrompt(new(seen)).Count <= model.ContextLength - ChatWindowCase.ReservedTokens;

    // A model that could read so many tokens; it is never asked to.
    private static Messages WithContextLength(Conditions at, int length, Func<ChatModel, Messages> show)
    {
        var config = new ModelConfig(at.Tokenizer.VocabularySize, dModel: 8, nLayers: 1, nHeads: 2, nKvHeads: 1, dFf: 8, maxSeqLen: length);
        using var weights = ModelCase.Weights(config, at);
        using var model = new LanguageModel(weights, at.ComputeType);
        using var answering = new ChatModel(model, at.Tokenizer, new ChatTemplate(at.Tokenizer));
        return show(answering);
    }
}
