using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>A chat template as training, inference and people use it.</summary>
/// <param name="Render">Renders a conversation with its loss mask.</param>
/// <param name="Prompt">Renders a conversation and the header of its answer.</param>
/// <param name="ToText">Returns tokens as text, with the names of the format.</param>
public sealed record ChatRenderer(
    Func<Conversation, MaskedTokens> Render, Func<Conversation, IReadOnlyList<int>> Prompt,
    Func<IReadOnlyList<int>, string> ToText)
{
    /// <summary>Returns the renderer of a template.</summary>
    public static ChatRenderer From(ChatTemplate template) => new(
        conversation => MaskedTokens.From(template.Render(conversation)), template.RenderPrompt, template.ToText);
}

/// <summary>Chat templates by name: every one renders the format that is published under it.</summary>
public static class ChatFormatSpec
{
    /// <summary>Renders a conversation in a format.</summary>
    public static readonly Requirement<ChatFormatCase, ChatRenderer> TPL_01_Published = new()
    {
        Id = "TPL-01",
        Statement = "Every named chat template renders the text of its published format, and the tokens that a reader makes of "
            + "that text who finds the marks first: after every turn, with the header of the answer before every answer, and "
            + "each of these is a prefix of the next.",
        Source = "OpenAI, chatml.md; Llama 3.1 model card; docs.mistral.ai, Tokenizer V3-Tekken; Gemma, formatting; BUG-SFT-10, "
            + "BUG-SFT-21, BUG-TOK-12: mistral-common #3, gemma PR #770: marks as text, spaces and begins of text that differ",
        CanonicalCases = ChatFormatCase.Usual,
        Subject = (c, at) => ChatRenderer.From(Create(c, at)),
        Holds = (subject, c, at) =>
        {
            var oracle = new PublishedChatOracle(c.Format, BytePairEncoderOracle.Of(at.Tokenizer));
            var whole = subject.Render(c.Chat.Conversation).Ids;
            return Verdict.All(Enumerable.Range(1, c.Chat.Turns.Count).SelectMany(Judge));

            IEnumerable<Verdict> Judge(int turns)
            {
                var (given, ids) = (c.Chat.Turns.Take(turns), subject.Render(c.Chat.First(turns)).Ids);
                yield return Verdict.SameElements([.. oracle.Render(given).Ids], [.. ids], $"tokens of {turns} turns");
                yield return Verdict.Equal(
                    oracle.ToText(given, asksAnswer: false), subject.ToText(ids), $"text of {turns} turns");
                yield return Verdict.SameElements([.. whole.Take(ids.Count)], [.. ids], $"beginning after {turns} turns");
                if (turns == c.Chat.Turns.Count || c.Chat.Turns[turns].Role != "assistant") yield break;
                var prompt = subject.Prompt(c.Chat.First(turns));
                yield return Verdict.SameElements(
                    [.. oracle.Render(given, asksAnswer: true).Ids], [.. prompt], $"prompt after {turns} turns");
                yield return Verdict.SameElements(
                    [.. whole.Take(prompt.Count)], [.. prompt], $"beginning of answer {turns}");
            }
        },
        Impostors = new()
        {
            ["the marks of another format"] = (c, at) => ChatRenderer.From(new ChatTemplate(at.Tokenizer, format: Next(c))),
            ["one more begin of text"] = Changed((ids, _, _) => [SpecialTokens.BeginOfText, .. ids]),
            ["turns have no end"] = Changed((ids, _, _) => [.. ids.Where(id => id != SpecialTokens.EndOfTurn)]),
            ["marks are ordinary text"] = Changed((ids, c, at) => at.Tokenizer.EncodeToIds(Create(c, at).ToText(ids))),
            ["a space after every mark"] = Changed((ids, _, at) =>
                [.. ids.SelectMany(id => id < SpecialTokens.Count ? [id, .. at.Tokenizer.EncodeToIds(" ")] : new[] { id })]),
            ["a prompt that ends with a line break"] = (c, at) => ChatRenderer.From(Create(c, at)) with
            {
                Prompt = conversation => [.. Create(c, at).RenderPrompt(conversation), .. at.Tokenizer.EncodeToIds("\n")],
            },
            ["the system prompt is missing"] = Rewritten(messages =>
                messages.Where(message => message.Role != ChatRole.System)),
            ["the system prompt moves to the last question"] = Rewritten(messages =>
            {
                var last = messages.FindLastIndex(message => message.Role == ChatRole.User);
                return messages.Skip(1).Select((message, i) => i + 1 != last ? message
                    : ChatMessage.User($"{messages[0].Text}\n\n{message.Text}", message.Context));
            }),
        },
    };

    /// <summary>Renders a conversation in a format, with its loss mask.</summary>
    public static readonly Requirement<ChatFormatCase, Func<Conversation, MaskedTokens>> TPL_02_Mask = new()
    {
        Id = "TPL-02",
        Statement = "In every named chat template the loss mask is exactly the answers: their texts, their tool calls and the "
            + "mark that ends each of them, at which generation stops; no header, and no line break after the mark.",
        Source = "BUG-SFT-01, BUG-SFT-02, BUG-SFT-04: marin #7237, Megatron-Bridge #3359, axolotl #3754: masks that fit one "
            + "template only",
        CanonicalCases = ChatFormatCase.Usual,
        Subject = (c, at) => ChatRenderer.From(Create(c, at)).Render,
        Holds = (render, c, at) =>
        {
            var expected = new PublishedChatOracle(c.Format, BytePairEncoderOracle.Of(at.Tokenizer)).Render(c.Chat.Turns);
            var rendered = render(c.Chat.Conversation);
            return Verdict.All(
                Verdict.SameElements(
                    [.. expected.Ids.Where((_, i) => expected.LossMask[i])],
                    [.. rendered.Ids.Where((_, i) => rendered.LossMask[i])], "learned tokens"),
                Verdict.SameElements([.. expected.LossMask], [.. rendered.LossMask], "marks"));
        },
        Impostors = new()
        {
            ["nothing is learned, since no marker was found"] = WithMask((_, _) => false),
            ["everything is learned, since no marker was found"] = WithMask((_, _) => true),
            ["the token before an answer is learned"] = WithMask((m, i) =>
                m.LossMask[i] || (i + 1 < m.Ids.Count && m.LossMask[i + 1])),
            ["the token after an answer is learned"] = WithMask((m, i) => m.LossMask[i] || (i > 0 && m.LossMask[i - 1])),
            ["the end of the turn is not learned"] = WithMask((m, i) => m.LossMask[i] && m.Ids[i] != SpecialTokens.EndOfTurn),
            ["every end of a turn is learned"] = WithMask((m, i) => m.LossMask[i] || m.Ids[i] == SpecialTokens.EndOfTurn),
            ["one token late"] = WithMask((m, i) => i > 0 && m.LossMask[i - 1]),
            ["the mask of another format"] = (c, at) => conversation =>
            {
                var (own, other) = (
                    Create(c, at).Render(conversation),
                    new ChatTemplate(at.Tokenizer, format: Next(c)).Render(conversation));
                return new(own.Ids, [.. own.Ids.Select((_, i) => i + 1 < other.Ids.Count && other.LossMask[i + 1])]);
            },
        },
    };

    /// <summary>Renders a conversation that contains names of marks.</summary>
    public static readonly Requirement<ChatFormatCase, Func<Conversation, MaskedTokens>> TPL_03_NoForgery = new()
    {
        Id = "TPL-03",
        Statement = "In every named chat template, the name of a mark in a text is ordinary text and is kept: no text can end a "
            + "turn or start one.",
        Source = "BUG-TOK-12: gemma PR #770, transformers #26468: a user or a retrieved page writes the turn of the assistant",
        CanonicalCases = ChatFormatCase.Forged,
        Subject = (c, at) => ChatRenderer.From(Create(c, at)).Render,
        Holds = (render, c, at) =>
        {
            var oracle = new PublishedChatOracle(c.Format, BytePairEncoderOracle.Of(at.Tokenizer));
            var rendered = render(c.Chat.Conversation);
            return Verdict.All(
                Verdict.SameElements(
                    [.. oracle.Render(c.Chat.Turns).Ids.Where(id => id < 16)], [.. rendered.Ids.Where(id => id < 16)],
                    "control tokens"),
                Verdict.Equal(
                    oracle.ToText(c.Chat.Turns, asksAnswer: false), Create(c, at).ToText(rendered.Ids), "text"));
        },
        Impostors = new()
        {
            ["joined into one text before encoding"] = (c, at) => conversation =>
            {
                var template = Create(c, at);
                var ids = EncodeWithMarks(template.ToText(template.Render(conversation).Ids), c.Format, at.Tokenizer);
                return new(ids, [.. ids.Select(_ => false)]);
            },
            ["names of marks are removed"] = (c, at) => conversation => MaskedTokens.From(Create(c, at).Render(new(
            [
                .. conversation.Messages.Select(message => message.Role switch
                {
                    ChatRole.System => ChatMessage.System(RemoveMarks(message.Text, c.Format)),
                    ChatRole.User => ChatMessage.User(
                        RemoveMarks(message.Text, c.Format), [.. message.Context.Select(text => RemoveMarks(text, c.Format))]),
                    _ => message,
                }),
            ]))),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [TPL_01_Published, TPL_02_Mask, TPL_03_NoForgery];

    private static ChatTemplate Create(ChatFormatCase c, Conditions at) => new(at.Tokenizer, format: c.Rules);

    internal static ChatFormat Next(ChatFormatCase c) =>
        ChatFormat.All[(ChatFormat.All.Index().First(format => format.Item.Name == c.Format).Index + 1) % ChatFormat.All.Count];

    private static Func<ChatFormatCase, Conditions, ChatRenderer> Changed(
        Func<IReadOnlyList<int>, ChatFormatCase, Conditions, IReadOnlyList<int>> change) => (c, at) =>
    {
        var template = Create(c, at);
        return new(
            conversation => change(template.Render(conversation).Ids, c, at) is var ids
                ? new(ids, [.. ids.Select(_ => false)]) : default!,
            conversation => change(template.RenderPrompt(conversation), c, at), template.ToText);
    };

    private static Func<ChatFormatCase, Conditions, ChatRenderer> Rewritten(
        Func<List<ChatMessage>, IEnumerable<ChatMessage>> rewrite) => (c, at) =>
    {
        var real = ChatRenderer.From(Create(c, at));
        return real with
        {
            Render = conversation => real.Render(Rewrite(conversation)),
            Prompt = conversation => real.Prompt(Rewrite(conversation)),
        };

        Conversation Rewrite(Conversation conversation) =>
            conversation.Messages.Count == 1 ? conversation : new([.. rewrite([.. conversation.Messages])]);
    };

    private static Func<ChatFormatCase, Conditions, Func<Conversation, MaskedTokens>> WithMask(
        Func<MaskedTokens, int, bool> mark) => (c, at) => conversation =>
    {
        var rendered = MaskedTokens.From(Create(c, at).Render(conversation));
        return rendered.WithMask(i => mark(rendered, i));
    };

    private static string RemoveMarks(string text, string format) =>
        Enumerable.Range(0, 16).Aggregate(text, (rest, id) =>
            rest.Replace(PublishedChatOracle.NameOf(format, id), "", StringComparison.Ordinal));

    private static List<int> EncodeWithMarks(string text, string format, Tokenizer tokenizer)
    {
        var ids = new List<int>();
        for (var from = 0; from < text.Length;)
        {
            var (at, mark) = Enumerable.Range(0, 16)
                .Select(id => (At: text.IndexOf(PublishedChatOracle.NameOf(format, id), from, StringComparison.Ordinal), Id: id))
                .Where(found => found.At >= 0).DefaultIfEmpty((text.Length, -1)).MinBy(found => found.Item1);
            ids.AddRange(tokenizer.EncodeToIds(text.AsSpan(from, at - from)));
            if (mark >= 0) ids.Add(mark);
            from = mark < 0 ? text.Length : at + PublishedChatOracle.NameOf(format, mark).Length;
        }
        return ids;
    }
}
