using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels.Loops;

namespace OwnLoop;

/// <summary>The same loop, which cannot be constructed without a clearance.</summary>
internal sealed class Trainer : BigramLoop
{
    public Trainer(LoopOptions options, Clearance clearance)
        : base(options) => clearance.ThrowIfNotFor(options.Device, options.NumberType);
}
