using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;

namespace TurkishLlm.Cli.Synthesis;

/// <summary>Checks before any work that recorded replies belong to the documentation.</summary>
internal static class RecordedReplyCheck
{
    private static readonly (string Provider, string Model)[] Services =
        [("anthropic", "claude-sonnet-4-6"), ("openai", "gpt-5.2")];

    /// <summary>Refuses recorded replies to other groups, and reports groups without a reply.</summary>
    /// <exception cref="ConfigurationException">No group has a recorded reply; the message gives services and costs.</exception>
    public static void Require(
        Display display, GenerationSettings settings, IReadOnlyList<ChunkGroup> groups, ModelRequest[] requests)
    {
        var replies = new ReplayProvider(settings.Replies);
        var missing = groups.Count(group => !replies.HasReply(group.Id));
        if (groups.Count > 0 && missing == groups.Count)
            throw new ConfigurationException(
                $"{Name(settings)} belong to other documentation: none is about the {Format.Count(groups.Count, "group")} of "
                    + $"{Format.RelativePaths(settings.Folder.Location)}. Choose a service:" + Environment.NewLine
                    + string.Join(Environment.NewLine, Services.Select(service => Describe(service, groups, requests)))
                    + Environment.NewLine
                    + "  --provider openai --endpoint http://localhost:8000/v1 --model NAME   a model on this machine, free");
        if (settings.Provider is null)
            display.WriteLine($"{Name(settings)} are used; --provider anthropic or openai requests new ones.");
        if (missing > 0)
            display.WriteLine(
                $"{Name(settings)} have none for {Format.Count(missing)} of {Format.Count(groups.Count, "group")}.");
    }

    private static string Name(GenerationSettings settings) =>
        settings.Replies == SynthGenerateCommand.RecordedReplies ? "The bundled replies"
            : $"The replies in {Format.RelativePaths(settings.Replies)}";

    private static string Describe(
        (string Provider, string Model) service, IReadOnlyList<ChunkGroup> groups, ModelRequest[] requests)
    {
        var price = ModelPrice.Find(service.Model)!;
        var estimates = groups
            .Zip(requests)
            .Select(pair => Estimate.Create(pair.Second, PairCount.Compute(pair.First.Tokens)))
            .ToArray();
        var cost = price.ComputeCost(estimates.Sum(e => e.InputTokens), estimates.Sum(e => e.OutputTokens));
        return $"  --provider {service.Provider} --model {service.Model}   about {Format.Dollars(cost)}, at most "
            + $"{Format.Dollars(requests.Sum(price.ComputeMaxCost))} (prices of {ModelPrice.ListDate}); details with --dry-run";
    }
}
