namespace TurkishLlm.Monitoring.Pages;

/// <summary>What a server adds to a page: a file has none of it, and needs nothing else.</summary>
/// <param name="Head">Elements of the head, such as a script.</param>
/// <param name="Navigation">Content above the page.</param>
public sealed record PageFrame(Html Head, Html Navigation);
