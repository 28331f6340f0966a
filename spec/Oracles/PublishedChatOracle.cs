using TurkishLlm.Spec.Tokenization;

namespace TurkishLlm.Spec.Oracles;

/// <summary>
/// The published formats of chat models, written down a second time: a conversation as marks and texts, and the tokens that a
/// reader makes of it, who finds the marks first and encodes all that is between two of them as one text.
/// </summary>
/// <remarks>
/// Source: OpenAI, chatml.md; Llama 3.1 model card, "Prompt format"; docs.mistral.ai, "Templates", Tokenizer V3-Tekken; Gemma,
/// "Formatting and system instructions"; reference report on fine-tuning, section 7, for contexts and tool calls.
/// </remarks>
/// <param name="format">Name of the format.</param>
/// <param name="encoder">The naive encoder of the tokenizer.</param>
public sealed class PublishedChatOracle(string format, BytePairEncoderOracle encoder)
{
    private static readonly string[] Own =
    [
        "<|begin_of_text|>", "<|end_of_text|>", "<|pad|>", "<|unk|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>",
        "<|tool_call|>", "<|tool_output|>", "<|context|>", "<|reserved_0|>", "<|reserved_1|>", "<|reserved_2|>", "<|reserved_3|>",
        "<|reserved_4|>", "<|reserved_5|>",
    ];

    private readonly List<(int Mark, string Text, bool IsLearned)> _parts = [];

    /// <summary>Returns the published name of a special token.</summary>
    public static string NameOf(string format, int id) => (format, id) switch
    {
        ("chatml", 4) => "<|im_start|>",
        ("chatml", 6) => "<|im_end|>",
        ("mistral", 0) => "<s>",
        ("mistral", 4) => "[INST]",
        ("mistral", 5) => "[/INST]",
        ("mistral", 6) => "</s>",
        ("gemma", 0) => "<bos>",
        ("gemma", 4) => "<start_of_turn>",
        ("gemma", 6) => "<end_of_turn>",
        _ => Own[id],
    };

    /// <summary>Returns the conversation as text.</summary>
    public string ToText(IEnumerable<ChatTurn> turns, bool asksAnswer)
    {
        Write(turns, asksAnswer);
        return string.Concat(_parts.Select(part => part.Mark < 0 ? part.Text : NameOf(format, part.Mark)));
    }

    /// <summary>Returns its tokens, with every answer learned.</summary>
    public MaskedTokens Render(IEnumerable<ChatTurn> turns, bool asksAnswer = false)
    {
        Write(turns, asksAnswer);
        var (ids, learned) = (new List<int>(), new List<bool>());
        for (var i = 0; i < _parts.Count;)
        {
            var (mark, text, isLearned) = _parts[i++];
            while (mark < 0 && i < _parts.Count && _parts[i].Mark < 0)
                (text, isLearned) = (text + _parts[i].Text, _parts[i++].IsLearned);
            int[] run = mark < 0 ? [.. encoder.Encode(text)] : [mark];
            // A header shares a run with its answer, of which only the answer is learned.
            var header = isLearned && mark < 0 && text.Length > _parts[i - 1].Text.Length
                ? encoder.Encode(text[..^_parts[i - 1].Text.Length]).Count() : 0;
            ids.AddRange(run);
            learned.AddRange(run.Select((_, j) => isLearned && j >= header));
        }
        return new(ids, learned);
    }

    private void Write(IEnumerable<ChatTurn> turns, bool asksAnswer)
    {
        _parts.Clear();
        if (format != "chatml") Mark(0);
        var task = "";
        foreach (var turn in turns)
        {
            if (turn.Role == "system" && (format is "mistral" or "gemma"))
            {
                task = turn.Text + "\n\n";
                continue;
            }
            foreach (var context in turn.Context ?? [])
            {
                Mark(9);
                Text(context);
                End("", false);
            }
            Header(turn.Role);
            if (turn.Role == "user")
            {
                Text(task);
                task = "";
            }
            var isAnswer = turn.Role == "assistant";
            Text(turn.Text, isAnswer);
            if (turn.Call is not null)
            {
                Mark(7, isAnswer);
                Text(turn.Call, isAnswer);
            }
            End(turn.Role, isAnswer);
        }
        if (asksAnswer) Header("assistant");
    }

    private void Header(string role)
    {
        switch (format)
        {
            case "chatml":
                Mark(4);
                Text(role + "\n");
                break;
            case "mistral" when role == "user":
                Mark(4);
                break;
            case "mistral" when role == "assistant":
                break;
            case "gemma" when role is "user" or "assistant":
                Mark(4);
                Text(role == "user" ? "user\n" : "model\n");
                break;
            case "mistral" or "gemma" or "turkishllm" when role == "tool":
                Mark(8);
                break;
            default:
                Mark(4);
                Text(role == "tool" ? "ipython" : role);
                Mark(5);
                Text("\n\n");
                break;
        }
    }

    private void End(string role, bool isLearned)
    {
        Mark(format == "mistral" && role == "user" ? 5 : 6, isLearned);
        if (format is "chatml" or "gemma") Text("\n");
    }

    private void Mark(int id, bool isLearned = false) => _parts.Add((id, "", isLearned));

    private void Text(string text, bool isLearned = false)
    {
        if (text.Length > 0) _parts.Add((-1, text, isLearned));
    }
}
