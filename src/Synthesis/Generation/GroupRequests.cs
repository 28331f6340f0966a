namespace TurkishLlm.Synthesis;

/// <summary>Makes the requests that ask for pairs.</summary>
/// <param name="chunks">All chunks.</param>
/// <param name="prompt">What the model is told.</param>
/// <param name="about">A few sentences about the system; empty for those that the chunks give.</param>
public sealed class GroupRequests(ChunkSet chunks, Prompt prompt, string about)
{
    private const int TokensOfPair = 400, TokensAround = 1000;

    private readonly string _about = about.Trim().Length > 0 ? about : SystemDescription.Of(chunks);

    /// <summary>The request about a group.</summary>
    /// <param name="group">The group.</param>
    /// <param name="model">Who is asked.</param>
    public ModelRequest Of(ChunkGroup group, string model)
    {
        ArgumentNullException.ThrowIfNull(group);
        var shown = Labelled.Of(chunks, group.Chunks);
        var count = PairCount.For(group.Tokens);
        var user = prompt.User(new()
        {
            ["title"] = group.Title,
            ["modules"] = string.Join(", ", shown.Chunks.Select(chunk => chunk.Module).Distinct()),
            ["rule"] = RuleView.Of(group.Rule),
            ["chunks"] = shown.Text,
            ["count"] = FormattableString.Invariant($"{count}"),
        });
        return new(group.Id, shown.Hash, model, prompt.Version, prompt.System(_about, count), user, prompt.Schema, TokensAround + TokensOfPair * count);
    }
}
