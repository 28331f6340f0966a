using System.Runtime;

namespace TurkishLlm.Kernels.Native;

/// <summary>Memory that was freed but is kept by the process for the next step.</summary>
public static class FreedMemory
{
    /// <summary>
    /// Returns freed memory and garbage of the runtime to the system. Call it when the process will need other sizes than before,
    /// such as after the gate; the next step faults its memory in again.
    /// </summary>
    public static void Release()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (!OperatingSystem.IsLinux() || !NativeEnvironment.IsFreedMemoryRetained) return;
        HugePageAllocator.ReturnFreePages();
        HeapMemory.Release();
    }
}
