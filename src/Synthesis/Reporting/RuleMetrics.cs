using TurkishLlm.Synthesis.Grouping;

namespace TurkishLlm.Synthesis.Reporting;

/// <summary>What came of a grouping rule.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Groups">Its groups.</param>
/// <param name="Answered">Those with a readable reply.</param>
/// <param name="Tokens">Tokens of the groups.</param>
/// <param name="Accepted">Pairs that passed every check.</param>
/// <param name="Rejected">Pairs that did not.</param>
/// <param name="Cost">In dollars.</param>
public sealed record RuleMetrics(IGroupingRule Rule, int Groups, int Answered, long Tokens, int Accepted, int Rejected, decimal Cost);
