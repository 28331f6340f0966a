using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>A conversation that another program renders.</summary>
/// <param name="Chat">The conversation.</param>
/// <param name="Task">The system prompt of the template.</param>
/// <param name="TrimBlocks">True for the white-space settings of the Hugging Face libraries, false for those of Jinja.</param>
public sealed record JinjaCase(ChatCase Chat, string Task, bool TrimBlocks)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Chat}, {(TrimBlocks ? "trimmed blocks" : "plain Jinja")}";
}

/// <summary>The chat template that other programs read.</summary>
public static class JinjaSpec
{
    /// <summary>Returns the Jinja of a template with a system prompt, or without one.</summary>
    public static readonly Requirement<JinjaCase, Func<string?, string>> Sft37_Jinja = new()
    {
        Id = "SFT-37",
        Statement = "Another program that runs the exported Jinja reads the text and the tokens of the written table: with and "
            + "without a system prompt in the template and in the conversation, after every turn, and with the header of the "
            + "next answer only with add_generation_prompt.",
        Source = "BUG-SFT-23, BUG-SFT-21: FastChat PR #2996; chat_templates #14; documentation of Jinja 3.1",
        CanonicalCases =
        [
            .. from chat in ChatCase.Usual
            from trims in new[] { true, false }
            select new JinjaCase(chat, trims ? ShortTask : LongTask, trims),
        ],
        Subject = (_, at) => task => new ChatTemplate(at.Tokenizer, task).ToJinja(),
        Holds = (export, c, at) =>
        {
            var oracle = new ChatOracle(BytePairEncoderOracle.Of(at.Tokenizer));
            ChatTurn[] withTask = [.. c.Chat.Turns], withoutTask = [.. c.Chat.Turns.Skip(1)];
            var (plain, tasked) = (export(null), export(c.Task));
            ChatTurn task = new("system", c.Task);
            return Verdict.All(
            [
                .. Enumerable.Range(1, withTask.Length).Select(n => Check(plain, withTask[..n], withTask[..n])),
                Check(plain, withoutTask, withoutTask),
                Check(tasked, withTask, withTask),
                .. Enumerable.Range(1, withoutTask.Length)
                    .Select(n => Check(tasked, withoutTask[..n], [task, .. withoutTask[..n]])),
                Check(tasked, withoutTask, [new("system", "Başka görev."), .. withoutTask], "  Başka görev.\n"),
                Check(plain, withoutTask, [new("system", "Başka görev."), .. withoutTask], "  Başka görev.\n"),
            ]);

            Verdict Check(string jinja, ChatTurn[] given, ChatTurn[] expected, string? system = null) => Verdict.All(
                CompareText(jinja, given, system, oracle.Render(expected).Ids, asksAnswer: false),
                CompareText(jinja, given, system, oracle.Prompt(expected), asksAnswer: true));

            Verdict CompareText(
                string jinja, ChatTurn[] given, string? system, IReadOnlyList<int> ids, bool asksAnswer)
            {
                var text = JinjaOracle.Render(jinja, Variables(given, system, asksAnswer), c.TrimBlocks);
                var same = Verdict.Equal(at.Tokenizer.Decode(ids), text, "text");
                // The name of a control token in a text becomes the token; that depends on the tokenizer of the reader.
                return given.Any(HasSpecialName) ? same
                    : Verdict.All(same, Verdict.SameElements(ids, EncodeAsReader(text, oracle), "tokens"));
            }
        },
        Impostors = new()
        {
            ["no begin of text"] = Replace("{{ '<|begin_of_text|>' }}", ""),
            ["one line break after a header"] = Replace("<|end_header_id|>\n\n' }}", "<|end_header_id|>\n' }}"),
            ["no header of an answer"] = Replace("{% if add_generation_prompt %}", "{% if false %}"),
            ["always a header of an answer"] = Replace("{% if add_generation_prompt %}", "{% if true %}"),
            ["texts are not trimmed"] = Replace("(message.content or '') | trim", "(message.content or ' ') + ''"),
            ["contexts are missing"] = Replace("message.context or []", "[]"),
            ["contexts have no end"] = Replace("(text | trim) + '<|eot_id|>'", "(text | trim)"),
            ["outputs of tools have a header"] = Replace("message.role == 'tool'", "message.role == 'ipython'"),
            ["tool calls are missing"] = Replace("{% if message.tool_call %}", "{% if message.tool_calls %}"),
            ["turns have no end"] = Replace("{{ '<|eot_id|>' }}", ""),
            ["every role is the user's"] = Replace("message.role + '<|end_header_id|>", "'user' + '<|end_header_id|>"),
            ["the task of the template comes twice"] = Replace(" and messages[0].role != 'system'", ""),
            ["the task of the template is missing"] = Replace("system is defined and system", "system is not defined"),
            ["the task of the template cannot be replaced"] = Replace("{% if system is not defined %}", "{% if true %}"),
            ["backslashes are not escaped"] = (_, at) => task =>
                new ChatTemplate(at.Tokenizer, task).ToJinja().Replace("\\\\", "\\", StringComparison.Ordinal),
            ["line breaks of a task are spaces"] = (_, at) => task => new ChatTemplate(at.Tokenizer, task).ToJinja()
                .Replace("\\n", " ", StringComparison.Ordinal),
            ["line breaks between the tags"] = (_, at) => task => new ChatTemplate(at.Tokenizer, task).ToJinja()
                .Replace("%}{%", "%} \n {%", StringComparison.Ordinal),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Sft37_Jinja];

    // What a text of Jinja must escape, and what it must not take for a tag.
    private const string ShortTask = "\"Kısa\" ve 'açık' yaz.\nYol: C:\\yeni\\not {{x}} {% if %}",
        LongTask = "Uzun\r\n\tyaz \\\\ \\n 'x' #} %}";

    // As the Hugging Face libraries pass a conversation. Their readers do not compose letters, so these are composed here.
    internal static Dictionary<string, object?> Variables(ChatTurn[] turns, string? system, bool asksAnswer)
    {
        var variables = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["messages"] = turns.Select(object? (turn) =>
            {
                var message = new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["role"] = turn.Role,
                    // A message with a call only has no content in many files.
                    ["content"] = turn.Raw.Length > 0 ? $" \n{TextRewrites.Compose(turn.Raw)}\t"
                        : turn.Call is null ? "" : null,
                };
                if (turn.Context is { } context)
                    message["context"] = context.Select(object? (text) => $"\n{text} ").ToArray();
                if (turn.Call is { } call) message["tool_call"] = $" {call}\n";
                return message;
            }).ToArray(),
            ["add_generation_prompt"] = asksAnswer,
        };
        if (system is not null) variables["system"] = system;
        return variables;
    }

    private static bool HasSpecialName(ChatTurn turn) =>
        (turn.Context ?? []).Append(turn.Raw).Append(turn.Call ?? "")
            .Any(text => SpecialTokens.Names.Any(name => text.Contains(name, StringComparison.Ordinal)));

    // A reader finds the names of control tokens first and encodes the text between them.
    private static List<int> EncodeAsReader(string text, ChatOracle oracle)
    {
        var ids = new List<int>();
        for (var from = 0; from < text.Length;)
        {
            var (at, id) = SpecialTokens.Names.Index()
                .Select(name => (At: text.IndexOf(name.Item, from, StringComparison.Ordinal), Id: name.Index))
                .Where(found => found.At >= 0).DefaultIfEmpty((text.Length, -1)).MinBy(found => found.Item1);
            ids.AddRange(oracle.Encode(text[from..at]));
            if (id >= 0) ids.Add(id);
            from = id < 0 ? text.Length : at + SpecialTokens.Names[id].Length;
        }
        return ids;
    }

    private static Func<JinjaCase, Conditions, Func<string?, string>> Replace(string part, string with) =>
        (_, at) => task => new ChatTemplate(at.Tokenizer, task).ToJinja().Replace(part, with, StringComparison.Ordinal);
}
