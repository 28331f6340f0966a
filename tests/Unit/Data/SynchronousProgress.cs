namespace TurkishLlm.Tests.Unit.Data;

/// <summary>Progress that acts at once on the caller's thread, so that a test can interfere in the middle.</summary>
internal sealed class SynchronousProgress<T>(Action<T> act) : IProgress<T>
{
    public void Report(T value) => act(value);
}
