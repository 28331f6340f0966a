namespace TurkishLlm.Spec.Synthesis;

/// <summary>Requests under a budget.</summary>
/// <param name="Requests">Number of requests.</param>
/// <param name="Concurrency">Maximum number of requests in flight.</param>
/// <param name="Budget">Dollars.</param>
/// <param name="SpentBefore">Dollars that an earlier run spent.</param>
/// <param name="OutputTokens">Tokens that a reply really has, of at most <see cref="MaxOutputTokens"/>.</param>
public sealed record BudgetCase(int Requests, int Concurrency, decimal Budget, decimal SpentBefore, int OutputTokens)
{
    internal const int MaxOutputTokens = 1000;
}
