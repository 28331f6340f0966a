namespace TurkishLlm.Runs.Logs;

/// <summary>What the model wrote after a step: a line of <c>samples.jsonl</c>.</summary>
/// <param name="Step">Number of the step, counted from 1.</param>
/// <param name="Prompt">What it was given.</param>
/// <param name="Text">What it wrote, prompt included.</param>
public sealed record TextSample(long Step, string Prompt, string Text);
