/* Machine repair with spares, as `benchmarks.engine.model` states it: the same algorithm and the same draws as the kernel has, by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <stdint.h>
#include <string.h>
#include <math.h>
#define G 5
#define K 4
#define GM 0x9E3779B97F4A7C15ULL
#define G2 0xD1342543DE82EF95ULL
static inline uint64_t mix(uint64_t z){z=(z^(z>>30))*0xBF58476D1CE4E5B9ULL;z=(z^(z>>27))*0x94D049BB133111EBULL;return z^(z>>31);}
static inline double u01(uint64_t x){return ((double)(x>>12)+0.5)*2.220446049250313e-16;}
#ifdef PORTABLE_LOG
/* The kernel's logarithm (simulator/kernel/elementary.py), which has the same bits on every machine. */
static inline double log_(double x){
  uint64_t b;memcpy(&b,&x,8);int64_t k=(int64_t)(b-0x3FE6A09E667F3BCDULL)>>52;b-=(uint64_t)k<<52;memcpy(&x,&b,8);
  double f=x-1.0,s=f/(2.0+f),z=s*s,w=z*z;
  double even=w*(0.3999999999940941908+w*(0.2222219843214978396+w*0.1531383769920937332));
  double odd=z*(0.6666666666666735130+w*(0.2857142874366239149+w*(0.1818357216161805012+w*0.1479819860511658591)));
  double half=0.5*f*f,e=(double)k;
  return e*6.93147180369123816490e-01-((half-(s*(half+(odd+even))+e*1.90821492927058770002e-10))-f);
}
#else
#define log_(x) __builtin_log(x)
#endif
typedef struct{double t;int64_t i;}E;
static inline int less(E a,E b){return a.t<b.t||(a.t==b.t&&a.i<b.i);}
static inline void sift(E*h,int n,int p,E x){for(;;){int c=2*p+1;if(c>=n)break;if(c+1<n&&less(h[c+1],h[c]))c++;if(less(h[c],x)){h[p]=h[c];p=c;}else break;}h[p]=x;}
static inline void push(E*h,int n,E x){int p=n;while(p>0){int q=(p-1)>>1;if(less(x,h[q])){h[p]=h[q];p=q;}else break;}h[p]=x;}
int64_t batch(int N,int S,int C,double L,double hor,double mtbf,double swapm,uint64_t seed,int64_t rep0,int64_t nrep,double*out,double*log){
  int ng=(N+G-1)/G,R=N+(S>0?S:0)+1;int64_t tot=0;
  uint64_t*st=malloc(8*N);E*h=malloc(sizeof(E)*(N+1));uint8_t*sw=malloc(N);int*grp=malloc(4*ng);double*ot=malloc(8*R);int*oi=malloc(4*R);int*ws=malloc(4*N),*wc=malloc(4*N);
  int inf=S<0;
#define DRAW(i,m) ({uint64_t z_=st[i]+GM;st[i]=z_;-log_(u01(mix(z_)))*(m);})
  for(int64_t r=0;r<nrep;r++){
    uint64_t rk=mix(mix(seed+GM)+(uint64_t)(rep0+r+1)*G2);
    for(int g=0;g<ng;g++)grp[g]=N-G*g<G?N-G*g:G;
    int n=0;for(int i=0;i<N;i++){st[i]=mix(rk+(uint64_t)(i+1)*G2);sw[i]=0;E e={DRAW(i,mtbf),i};push(h,n,e);n++;}
    int stock=S,crews=C,oh=0,on=0,wsh=0,wsn=0,wch=0,wcn=0,nd=0,gd=0;double last=0,ac=0,ag=0;int64_t ne=0;
    for(;;){
      double t=n>0?h[0].t:INFINITY;
      if(on>0&&ot[oh]<t){
        t=ot[oh];if(t>=hor)break;
        if(log){log[3*ne]=t;log[3*ne+1]=1;log[3*ne+2]=oi[oh];}
        ne++;on--;if(++oh==R)oh=0;
        if(!wsn){stock++;continue;}
        int j=ws[wsh];wsn--;if(++wsh==N)wsh=0;
        if(crews>0){crews--;sw[j]=1;E e={t+DRAW(j,swapm),j};push(h,n,e);n++;}
        else{int k=wch+wcn;if(k>=N)k-=N;wc[k]=j;wcn++;}
        continue;
      }
      if(t>=hor)break;
      int i=h[0].i,g=i/G;double dt=t-last;ac+=nd*dt;ag+=gd*dt;last=t;
      if(log){log[3*ne]=t;log[3*ne+1]=sw[i]?2:0;log[3*ne+2]=i;}
      ne++;
      if(sw[i]){
        sw[i]=0;nd--;if(++grp[g]==K)gd--;
        E e={t+DRAW(i,mtbf),i};sift(h,n,0,e);
        if(wcn){int j=wc[wch];wcn--;if(++wch==N)wch=0;sw[j]=1;E f={t+DRAW(j,swapm),j};push(h,n,f);n++;}
        else crews++;
      }else{
        nd++;if(--grp[g]==K-1)gd++;int got=1;
        if(!inf){int k=oh+on;if(k>=R)k-=R;ot[k]=t+L;oi[k]=i;on++;
          if(stock>0)stock--;else{got=0;k=wsh+wsn;if(k>=N)k-=N;ws[k]=i;wsn++;}}
        if(got&&crews>0){crews--;sw[i]=1;E e={t+DRAW(i,swapm),i};sift(h,n,0,e);}
        else{if(got){int k=wch+wcn;if(k>=N)k-=N;wc[k]=i;wcn++;}
          n--;if(n>0)sift(h,n,0,h[n]);}
      }
    }
    double dt=hor-last;ac+=nd*dt;ag+=gd*dt;out[3*r]=ne;out[3*r+1]=ac;out[3*r+2]=ag;tot+=ne;
  }
  free(st);free(h);free(sw);free(grp);free(ot);free(oi);free(ws);free(wc);return tot;
}
