namespace TurkishLlm.Tokenization;

/// <summary>
/// The sixteen special tokens, which only templates and packing may emit. Their ids never change, and no text is ever encoded to
/// one.
/// </summary>
/// <remarks>Spec: P03, TOK-12.</remarks>
public static class SpecialTokens
{
    /// <summary>Begins a document.</summary>
    public const int BeginOfText = 0;

    /// <summary>Ends a document.</summary>
    public const int EndOfText = 1;

    /// <summary>Pads rows of unequal length; never a target.</summary>
    public const int Pad = 2;

    /// <summary>Never produced, because every byte has an id of its own. Reserved because other tools expect the name.</summary>
    public const int Unknown = 3;

    /// <summary>Begins the name of a role.</summary>
    public const int StartHeader = 4;

    /// <summary>Ends the name of a role.</summary>
    public const int EndHeader = 5;

    /// <summary>Ends a turn of a conversation.</summary>
    public const int EndOfTurn = 6;

    /// <summary>Begins a tool call.</summary>
    public const int ToolCall = 7;

    /// <summary>Begins the output of a tool.</summary>
    public const int ToolOutput = 8;

    /// <summary>Begins retrieved context.</summary>
    public const int Context = 9;

    /// <summary>Number of special tokens; the next id is that of byte 0.</summary>
    public const int Count = 16;

    /// <summary>The tokens between two documents of a corpus. A text that continues a document ends there.</summary>
    public static IReadOnlyList<int> DocumentBorders { get; } = [EndOfText, BeginOfText];

    /// <summary>The names, indexed by id.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "<|begin_of_text|>", "<|end_of_text|>", "<|pad|>", "<|unk|>",
        "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>",
        "<|tool_call|>", "<|tool_output|>", "<|context|>",
        "<|reserved_0|>", "<|reserved_1|>", "<|reserved_2|>", "<|reserved_3|>", "<|reserved_4|>", "<|reserved_5|>",
    ];
}
