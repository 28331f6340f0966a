namespace TurkishLlm.Tests.Unit.Data;

/// <summary>Reports progress synchronously on the caller's thread, so that a test can intervene.</summary>
internal sealed class SynchronousProgress<T>(Action<T> act) : IProgress<T>
{
    public void Report(T value) => act(value);
}
