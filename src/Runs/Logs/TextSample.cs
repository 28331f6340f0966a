namespace TurkishLlm.Runs.Logs;

/// <summary>Text generated after a step: a line of <c>samples.jsonl</c>.</summary>
/// <param name="Step">Number of the step, counted from 1.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Text">The generated text, including the prompt.</param>
public sealed record TextSample(long Step, string Prompt, string Text);
