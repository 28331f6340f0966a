using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>Makes the requests that ask for pairs.</summary>
/// <param name="chunks">All chunks.</param>
/// <param name="prompt">What the model is told.</param>
/// <param name="about">A few sentences about the system; empty for those that the chunks give.</param>
public sealed class GroupRequestBuilder(ChunkSet chunks, Prompt prompt, string about)
{
    private const int MaxTokensPerPair = 400, OverheadTokens = 1000;

    private readonly string _about = about.Trim().Length > 0 ? about : SystemDescription.Create(chunks);

    /// <summary>The request about a group.</summary>
    /// <param name="group">The group.</param>
    /// <param name="model">Who is asked.</param>
    public ModelRequest Build(ChunkGroup group, string model)
    {
        ArgumentNullException.ThrowIfNull(group);
        var shown = LabeledChunks.Select(chunks, group.Chunks);
        var count = PairCount.Compute(group.Tokens);
        var user = prompt.RenderUser(new()
        {
            ["title"] = group.Title,
            ["modules"] = string.Join(", ", shown.Chunks.Select(chunk => chunk.Module).Distinct()),
            ["rule"] = RuleInstruction.Get(group.Rule),
            ["chunks"] = shown.Text,
            ["count"] = FormattableString.Invariant($"{count}"),
        });
        return new(group.Id, shown.Hash, model, prompt.Version, prompt.RenderSystem(_about, count), user, prompt.Schema, OverheadTokens + MaxTokensPerPair * count);
    }
}
