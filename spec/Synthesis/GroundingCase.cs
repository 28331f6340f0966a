using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;

namespace TurkishLlm.Spec.Synthesis;

/// <summary>A chunk, answers that it supports, and answers that are each wrong in one thing.</summary>
/// <param name="Name">What the chunk is about.</param>
/// <param name="Text">The chunk.</param>
/// <param name="Question">A question about it.</param>
/// <param name="Right">Answers that it supports.</param>
/// <param name="Wrong">
/// Answers that it does not: a number from elsewhere in it, a turned negation, another name, an invented sentence.
/// </param>
public sealed record GroundingCase(
    string Name, string Text, string Question, IReadOnlyList<string> Right, IReadOnlyList<string> Wrong)
{
    internal Chunk Chunk => new("tr/sayfa#bolum", "Depo", Name, $"Telbis > {Name}", "tr", 100, false, false, [], Text)
    {
        Document = "tr/sayfa.html", ModuleKey = "depo", Submodule = "sayfa", Level = PageLevel.Detail,
    };

    /// <inheritdoc/>
    public override string ToString() => Name;
}
