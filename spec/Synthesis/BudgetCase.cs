namespace TurkishLlm.Spec;

/// <summary>Requests under a budget.</summary>
/// <param name="Requests">How many.</param>
/// <param name="Concurrency">On their way at once.</param>
/// <param name="Budget">Dollars.</param>
/// <param name="Before">Dollars that an earlier run spent.</param>
/// <param name="Output">Tokens that a reply really has, of at most <see cref="Most"/>.</param>
public sealed record BudgetCase(int Requests, int Concurrency, decimal Budget, decimal Before, int Output)
{
    internal const int Most = 1000;
}
