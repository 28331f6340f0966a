using TurkishLlm.Specification.LanguageModels.Loops;

namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>Makes what the requirements of loops judge when they are tested: the reference, or one with a wrong part.</summary>
internal static class ReferenceLoopSubject
{
    /// <summary>The correct loop.</summary>
    public static LoopSubject Correct { get; } = new(ReferenceLoop.Facts, options => new ReferenceLoop(options));

    /// <summary>A loop with a wrong part.</summary>
    public static LoopSubject With(ReferenceLoopParts parts) =>
        new(ReferenceLoop.Facts, options => new ReferenceLoop(options, parts));
}
