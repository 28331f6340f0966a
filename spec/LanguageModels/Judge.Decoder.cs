using TurkishLlm.Specification.LanguageModels.Decoders;

namespace TurkishLlm.Specification.LanguageModels;

public static partial class Judge
{
    /// <summary>Returns the requirements for a decoder.</summary>
    /// <param name="create">
    /// Creates a new decoder from a seed, after <c>torch.random.manual_seed</c> was called with it. It is called at least
    /// once for every case.
    /// </param>
    /// <example>
    /// <code>
    /// Judge.Decoder(seed => Decoder.From(new MyGpt(), vocabulary: 97, maxLength: 64)).Verify();
    /// </code>
    /// </example>
    public static Catalog Decoder(Func<long, Decoder> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        return new("Decoder", DecoderRequirements.All.Select(requirement => requirement.For((_, _) => create)));
    }
}
