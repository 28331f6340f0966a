namespace TurkishLlm.Tokenization;

/// <summary>
/// The sixteen tokens that only templates and packing may emit. Their ids never change, and no text ever encodes to one.
/// </summary>
/// <remarks>Spec: P03, TOK-12.</remarks>
public static class SpecialTokens
{
    /// <summary>Opens a document.</summary>
    public const int BeginOfText = 0;

    /// <summary>Closes a document.</summary>
    public const int EndOfText = 1;

    /// <summary>Fills rows of unequal length; never a target.</summary>
    public const int Pad = 2;

    /// <summary>Never produced: every byte has an id of its own. Kept because other tools expect the name.</summary>
    public const int Unknown = 3;

    /// <summary>Opens the name of a speaker.</summary>
    public const int StartHeader = 4;

    /// <summary>Closes the name of a speaker.</summary>
    public const int EndHeader = 5;

    /// <summary>Closes a turn of a conversation.</summary>
    public const int EndOfTurn = 6;

    /// <summary>Opens a call of a tool.</summary>
    public const int ToolCall = 7;

    /// <summary>Opens what a tool answered.</summary>
    public const int ToolOutput = 8;

    /// <summary>Opens retrieved context.</summary>
    public const int Context = 9;

    /// <summary>How many there are; the next id is that of byte 0.</summary>
    public const int Count = 16;

    /// <summary>What stands between two documents of a corpus: where a text that continues a document ends.</summary>
    public static IReadOnlyList<int> DocumentBorders { get; } = [EndOfText, BeginOfText];

    /// <summary>The names; the index is the id.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "<|begin_of_text|>", "<|end_of_text|>", "<|pad|>", "<|unk|>",
        "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>",
        "<|tool_call|>", "<|tool_output|>", "<|context|>",
        "<|reserved_0|>", "<|reserved_1|>", "<|reserved_2|>", "<|reserved_3|>", "<|reserved_4|>", "<|reserved_5|>",
    ];
}
