namespace TurkishLlm.Tokenization.Chat;

/// <summary>The rules of a chat template: the marks around each message. The formats of this class are all there are.</summary>
/// <remarks>
/// A mark is a special token. The special tokens of this program are the marks of every format, and only files for other
/// programs write the name that the format has for them. So no text of a message can become a mark in any format, and every
/// answer ends with the same id. Retrieved context, tool calls and, where a format has no role for it, the output of a tool
/// keep the marks of this program. Spec: TPL-01, TPL-02, TPL-03, TPL-04.
/// </remarks>
public sealed class ChatFormat
{
    private ChatFormat(string name) => Name = name;

    /// <summary>The format of this program: that of Llama 3, with marks for context and tools.</summary>
    public static ChatFormat TurkishLlm { get; } = new("turkishllm")
    {
        Begin = "<|begin_of_text|>",
        SystemHeader = "<|start_header_id|>system<|end_header_id|>\n\n",
        UserHeader = "<|start_header_id|>user<|end_header_id|>\n\n",
        AssistantHeader = "<|start_header_id|>assistant<|end_header_id|>\n\n",
        End = "<|eot_id|>",
        Jinja = ChatJinja.TurkishLlm,
    };

    /// <summary>ChatML, as Qwen and many others use it.</summary>
    /// <remarks>Source: OpenAI, chatml.md; Qwen2.5, tokenizer_config.json. The sequence has no token for its beginning.</remarks>
    public static ChatFormat ChatMl { get; } = new("chatml")
    {
        Marks = new Dictionary<int, string>
        {
            [SpecialTokens.StartHeader] = "<|im_start|>", [SpecialTokens.EndOfTurn] = "<|im_end|>",
        },
        SystemHeader = "<|im_start|>system\n",
        UserHeader = "<|im_start|>user\n",
        AssistantHeader = "<|im_start|>assistant\n",
        ToolHeader = "<|im_start|>tool\n",
        End = "<|im_end|>\n",
    };

    /// <summary>Llama 3 Instruct.</summary>
    /// <remarks>Source: Llama 3 and 3.1 model cards, "Prompt format".</remarks>
    public static ChatFormat Llama3 { get; } = new("llama3")
    {
        Begin = "<|begin_of_text|>",
        SystemHeader = "<|start_header_id|>system<|end_header_id|>\n\n",
        UserHeader = "<|start_header_id|>user<|end_header_id|>\n\n",
        AssistantHeader = "<|start_header_id|>assistant<|end_header_id|>\n\n",
        ToolHeader = "<|start_header_id|>ipython<|end_header_id|>\n\n",
        End = "<|eot_id|>",
    };

    /// <summary>Mistral, version 3 for byte-level tokenizers (Tekken), which has no spaces around the marks.</summary>
    /// <remarks>
    /// Source: docs.mistral.ai, "Templates", Tokenizer V3-Tekken. The system prompt precedes the first question, as in version 1;
    /// versions 2 and 3 move it to the last one, so that the tokens of a turn would change with the next turn (SFT-12).
    /// </remarks>
    public static ChatFormat Mistral { get; } = new("mistral")
    {
        Marks = new Dictionary<int, string>
        {
            [SpecialTokens.BeginOfText] = "<s>", [SpecialTokens.StartHeader] = "[INST]", [SpecialTokens.EndHeader] = "[/INST]",
            [SpecialTokens.EndOfTurn] = "</s>",
        },
        Begin = "<s>",
        UserHeader = "[INST]",
        UserEnd = "[/INST]",
        AssistantHeader = "",
        End = "</s>",
    };

    /// <summary>Gemma.</summary>
    /// <remarks>Source: ai.google.dev, "Gemma formatting and system instructions"; Gemma 3, tokenizer_config.json.</remarks>
    public static ChatFormat Gemma { get; } = new("gemma")
    {
        Marks = new Dictionary<int, string>
        {
            [SpecialTokens.BeginOfText] = "<bos>", [SpecialTokens.StartHeader] = "<start_of_turn>",
            [SpecialTokens.EndOfTurn] = "<end_of_turn>",
        },
        Begin = "<bos>",
        UserHeader = "<start_of_turn>user\n",
        AssistantHeader = "<start_of_turn>model\n",
        End = "<end_of_turn>\n",
    };

    /// <summary>All formats, the default first.</summary>
    public static IReadOnlyList<ChatFormat> All { get; } = [TurkishLlm, ChatMl, Llama3, Mistral, Gemma];

    /// <summary>The name by which plans and commands select the format.</summary>
    public string Name { get; }

    /// <summary>What a sequence begins with; empty for nothing.</summary>
    public string Begin { get; private init; } = "";

    /// <summary>
    /// What precedes a system prompt; null if it becomes part of the first question, with an empty line after it.
    /// </summary>
    public string? SystemHeader { get; private init; }

    /// <summary>What precedes a question.</summary>
    public required string UserHeader { get; init; }

    /// <summary>What follows a question; null for <see cref="End"/>.</summary>
    public string? UserEnd { get; private init; }

    /// <summary>What precedes an answer; empty for nothing.</summary>
    public required string AssistantHeader { get; init; }

    /// <summary>What precedes the output of a tool.</summary>
    public string ToolHeader { get; private init; } = "<|tool_output|>";

    /// <summary>What follows every other message and every context: the mark for the end of a turn, then text.</summary>
    public required string End { get; init; }

    /// <summary>The names of special tokens in this format, indexed by id.</summary>
    public IReadOnlyList<string> TokenNames =>
        field ??= [.. SpecialTokens.Names.Select((name, id) => Marks.GetValueOrDefault(id, name))];

    /// <summary>The rules as Jinja, for other programs.</summary>
    internal string Jinja
    {
        get => field ??= ChatJinja.Create(this);
        private init;
    }

    private IReadOnlyDictionary<int, string> Marks { get; init; } = new Dictionary<int, string>();

    /// <summary>Returns the format with a name; null if no format has it.</summary>
    public static ChatFormat? Find(string name) => All.FirstOrDefault(format => format.Name == name);

    /// <summary>Returns the names of special tokens that a file begins with; null if they are of no format.</summary>
    /// <param name="tokens">The tokens of the file in the order of their ids.</param>
    public static IReadOnlyList<string>? FindTokenNames(IEnumerable<string?> tokens)
    {
        string?[] first = [.. tokens.Take(SpecialTokens.Count)];
        return All.Select(format => format.TokenNames)
            .FirstOrDefault(names => names.SequenceEqual(first, StringComparer.Ordinal));
    }

    /// <summary>Splits what surrounds a message into marks and text.</summary>
    /// <param name="text">A header or an end of this format.</param>
    /// <returns>Parts with the id of a mark, or with a text and no id.</returns>
    internal IEnumerable<(int? Id, string Text)> Split(string text)
    {
        for (var from = 0; from < text.Length;)
        {
            var (at, id) = TokenNames.Index()
                .Select(name => (At: text.IndexOf(name.Item, from, StringComparison.Ordinal), Id: name.Index))
                .Where(found => found.At >= 0)
                .DefaultIfEmpty((text.Length, -1))
                .MinBy(found => found.Item1);
            if (at > from) yield return (null, text[from..at]);
            if (id >= 0) yield return (id, TokenNames[id]);
            from = id < 0 ? at : at + TokenNames[id].Length;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
