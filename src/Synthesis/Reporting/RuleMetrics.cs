using TurkishLlm.Synthesis.Grouping;

namespace TurkishLlm.Synthesis.Reporting;

/// <summary>Metrics of a grouping rule.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Groups">Number of its groups.</param>
/// <param name="Answered">Number of groups with a readable reply.</param>
/// <param name="Tokens">Total number of tokens of the groups.</param>
/// <param name="Accepted">Number of accepted pairs.</param>
/// <param name="Rejected">Number of rejected pairs.</param>
/// <param name="Cost">Cost in dollars.</param>
public sealed record RuleMetrics(
    IGroupingRule Rule, int Groups, int Answered, long Tokens, int Accepted, int Rejected, decimal Cost);
