namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>Size of the texts that a decoder reads.</summary>
/// <param name="Rows">Texts.</param>
/// <param name="Time">Tokens of each; fewer if the decoder cannot read as many.</param>
public sealed record DecoderCase(int Rows, int Time)
{
    internal const int Longest = 128;

    internal static IReadOnlyList<DecoderCase> Usual { get; } = [new(2, 2), new(3, 7), new(2, 17), new(1, Longest)];

    // More than one row.
    internal static IReadOnlyList<DecoderCase> Batches { get; } = [new(2, 2), new(3, 7), new(2, 17)];

    // Three tokens or more.
    internal static IReadOnlyList<DecoderCase> Texts { get; } = [new(2, 3), new(3, 7), new(2, 17), new(1, Longest)];
}
