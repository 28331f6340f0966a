namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>A bug that people made.</summary>
/// <param name="Bug">The switch that plants it.</param>
/// <param name="Subject">The model or loop with the switch.</param>
/// <param name="What">The bug in a few words.</param>
/// <param name="Source">Path on github.com of a public report; null for a typical bug without one.</param>
internal sealed record ForeignBugReport(ForeignBug Bug, string Subject, string What, string? Source = null);
