using System.Runtime;

namespace TurkishLlm.Kernels.Native;

/// <summary>Memory that was freed and stays with the process, for the next step that asks for as much.</summary>
public static class FreedMemory
{
    /// <summary>
    /// Returns it to the system, with the garbage of the runtime. For a point after which the process needs other sizes than before,
    /// such as the end of the gate; the next step faults its memory in again.
    /// </summary>
    public static void Release()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (!OperatingSystem.IsLinux() || !NativeEnvironment.IsFreedMemoryRetained) return;
        HugePageAllocator.Release();
        HeapMemory.Release();
    }
}
