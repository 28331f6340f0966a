using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>Creates the requests for question and answer pairs.</summary>
/// <param name="chunks">All chunks.</param>
/// <param name="prompt">The prompt template.</param>
/// <param name="about">A few sentences about the documented system; empty to derive them from the chunks.</param>
public sealed class GroupRequestBuilder(ChunkSet chunks, Prompt prompt, string about)
{
    private const int MaxTokensPerPair = 400, OverheadTokens = 1000;

    private readonly string _about = about.Trim().Length > 0 ? about : SystemDescription.Create(chunks);

    /// <summary>Creates the request for a group.</summary>
    /// <param name="group">The group.</param>
    /// <param name="model">Name of the model.</param>
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
        return new(
            group.Id, shown.Hash, model, prompt.Version, prompt.RenderSystem(_about, count), user, prompt.Schema,
            OverheadTokens + MaxTokensPerPair * count);
    }
}
