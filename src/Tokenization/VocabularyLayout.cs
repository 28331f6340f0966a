namespace TurkishLlm.Tokenization;

/// <summary>
/// The order of ids: the special tokens first, then the 256 bytes in order, then one id for each merge in the order of learning.
/// So a lower id is an earlier merge.
/// </summary>
/// <remarks>Spec: P03, TOK-08.</remarks>
public static class VocabularyLayout
{
    /// <summary>Id of byte 0; byte <c>b</c> has the id <c>FirstByte + b</c>.</summary>
    public const int FirstByte = SpecialTokens.Count;

    /// <summary>Id of the first merge.</summary>
    public const int FirstMerge = FirstByte + 256;

    /// <summary>Maximum number of ids, which are stored in 16 bits.</summary>
    public const int MaximumSize = 65_536;
}
